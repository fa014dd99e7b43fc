-- Whole documents, so that a new device reads one of them and a short tail of the log.

create table public.space_snapshot (
  space_id uuid not null references public.space (id) on delete cascade,
  -- The snapshot includes the log up to this place.
  seq bigint not null check (seq > 0),
  -- A Yjs document in v2 encoding.
  state bytea not null check (octet_length(state) between 1 and 67108864),
  author_id uuid references auth.users (id) on delete set null,
  created_at timestamptz not null default now(),
  primary key (space_id, seq)
);

alter table public.space_snapshot enable row level security;
revoke all on public.space_snapshot from anon, authenticated;
grant select on public.space_snapshot to authenticated;

create policy "members read snapshots" on public.space_snapshot
  for select to authenticated
  using (segue.role_in(space_id) is not null);

create function public.read_snapshot(p_space uuid)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  answer jsonb;
begin
  perform segue.require_role(p_space, 'owner', 'editor', 'viewer');
  select jsonb_build_object('seq', snapshot.seq, 'state', segue.base64_of(snapshot.state))
  into answer
  from public.space_snapshot as snapshot
  where snapshot.space_id = p_space
  order by snapshot.seq desc
  limit 1;
  return answer;
end
$$;

-- Keeps the newest two. One that is older than the newest is not worth keeping and is ignored.
--
-- Definer: members may not write to space_snapshot directly.
create function public.write_snapshot(p_space uuid, p_seq bigint, p_state text)
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  state bytea;
begin
  perform segue.require_role(p_space, 'owner', 'editor');
  if length(p_state) > 89478488 then
    raise exception using
      errcode = '54000',
      message = 'The snapshot is larger than 64 MiB and was not saved on the server.',
      hint = 'Nothing is lost; new devices read the log instead. Consider dividing the space.',
      detail = 'too_large';
  end if;
  state := segue.bytes_of(p_state);
  if p_seq is null or p_seq < 1 or state is null or octet_length(state) = 0
    or p_seq > (select space.head_seq from public.space where space.id = p_space for update)
  then
    perform segue.raise_malformed('A snapshot needs a place within the log and its bytes as base64 text.');
  end if;
  if exists (select from public.space_snapshot as newer where newer.space_id = p_space and newer.seq >= p_seq) then
    return;
  end if;
  insert into public.space_snapshot (space_id, seq, state, author_id) values (p_space, p_seq, state, auth.uid());
  delete from public.space_snapshot as old
  where old.space_id = p_space
    and old.seq not in (
      select kept.seq from public.space_snapshot as kept where kept.space_id = p_space order by kept.seq desc limit 2
    );
end
$$;

revoke all on function public.read_snapshot(uuid) from public, anon;
revoke all on function public.write_snapshot(uuid, bigint, text) from public, anon;
grant execute on function public.read_snapshot(uuid) to authenticated;
grant execute on function public.write_snapshot(uuid, bigint, text) to authenticated;
