-- Whole documents, so that a new device reads one of them and a short tail of the log.

create table public.space_snapshot (
  space_id uuid not null references public.space (id) on delete cascade,
  epoch integer not null,
  -- The snapshot includes the log up to this place.
  seq bigint not null check (seq > 0),
  -- A Yjs document in v2 encoding.
  state bytea not null check (octet_length(state) between 1 and 67108864),
  author_id uuid references auth.users (id) on delete set null,
  -- Made by the worker from the log, so that the log before it may go; a member's snapshot only speeds up opening.
  by_worker boolean not null default false,
  created_at timestamptz not null default now(),
  primary key (space_id, epoch, seq)
);

alter table public.space_snapshot enable row level security;
revoke all on public.space_snapshot from anon, authenticated;
grant select on public.space_snapshot to authenticated;

create policy "members read snapshots" on public.space_snapshot
  for select to authenticated
  using (segue.role_in(space_id) is not null);

-- The newest snapshot of the current epoch below p_before, null when there is none: its place, its size, and a part of
-- its bytes, so that a large one comes in pieces and its progress can be shown.
create function public.read_snapshot(
  p_space uuid, p_before bigint default null, p_offset integer default 0, p_length integer default 1048576
)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  answer jsonb;
begin
  perform segue.require_role(p_space, 'owner', 'editor', 'viewer');
  select jsonb_build_object(
    'seq', snapshot.seq, 'epoch', snapshot.epoch, 'size', octet_length(snapshot.state),
    'part', segue.base64_of(
      substring(
        snapshot.state
        from greatest(0, coalesce(p_offset, 0)) + 1
        for greatest(1, least(coalesce(p_length, 1048576), 4194304))
      )
    )
  )
  into answer
  from public.space_snapshot as snapshot
  join public.space as space on space.id = snapshot.space_id and space.epoch = snapshot.epoch
  where snapshot.space_id = p_space and (p_before is null or snapshot.seq < p_before)
  order by snapshot.seq desc
  limit 1;
  return answer;
end
$$;

-- Keeps the newest two of members; the worker tidies up its own. One that is older than the newest, or of an epoch
-- that has ended, is not worth keeping and is ignored.
--
-- Definer: members may not write to space_snapshot directly.
create function public.write_snapshot(p_space uuid, p_seq bigint, p_state text, p_epoch integer default 0)
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  state bytea;
  head bigint;
  current_epoch integer;
begin
  perform segue.require_role(p_space, 'owner', 'editor');
  if length(p_state) > 89478488 then
    raise exception using
      errcode = 'PT413',
      message = 'The snapshot is larger than 64 MiB and was not saved on the server.',
      hint = 'Nothing is lost; new devices read the log instead. Consider dividing the space.',
      detail = 'too_large';
  end if;
  state := segue.bytes_of(p_state);
  select space.head_seq, space.epoch into head, current_epoch from public.space where space.id = p_space for update;
  if p_seq is null or p_seq < 1 or p_seq > head or state is null or octet_length(state) = 0 then
    perform segue.raise_malformed('A snapshot needs a place within the log and its bytes as base64 text.');
  end if;
  if p_epoch is distinct from current_epoch
    or exists (
      select from public.space_snapshot as newer
      where newer.space_id = p_space and newer.epoch = current_epoch and newer.seq >= p_seq
    )
  then
    return;
  end if;
  insert into public.space_snapshot (space_id, epoch, seq, state, author_id)
  values (p_space, current_epoch, p_seq, state, auth.uid());
  delete from public.space_snapshot as old
  where old.space_id = p_space
    and not old.by_worker
    and (old.epoch, old.seq) not in (
      select kept.epoch, kept.seq
      from public.space_snapshot as kept
      where kept.space_id = p_space and not kept.by_worker
      order by kept.epoch desc, kept.seq desc
      limit 2
    );
end
$$;

revoke all on function public.read_snapshot(uuid, bigint, integer, integer) from public, anon;
revoke all on function public.write_snapshot(uuid, bigint, text, integer) from public, anon;
grant execute on function public.read_snapshot(uuid, bigint, integer, integer) to authenticated;
grant execute on function public.write_snapshot(uuid, bigint, text, integer) to authenticated;
