-- The log of a space: every update, in an order without holes, appended by functions only.

create table public.space_update (
  space_id uuid not null references public.space (id) on delete cascade,
  seq bigint not null check (seq > 0),
  -- The replica that made the update, and its place among that replica's updates.
  client_id uuid not null,
  n bigint not null check (n > 0),
  author_id uuid references auth.users (id) on delete set null,
  epoch integer not null,
  -- A Yjs v1 update.
  update bytea not null check (octet_length(update) between 1 and 1048576),
  created_at timestamptz not null default now(),
  primary key (space_id, seq),
  unique (space_id, client_id, n)
);

alter table public.space_update enable row level security;
revoke all on public.space_update from anon, authenticated;
grant select on public.space_update to authenticated;

create policy "members read the log" on public.space_update
  for select to authenticated
  using (segue.role_in(space_id) is not null);

-- base64 text to bytes; null for what is not base64.
create function segue.bytes_of(p_base64 text)
returns bytea
language plpgsql
immutable
set search_path = ''
as $$
begin
  return decode(p_base64, 'base64');
exception
  when others then return null;
end
$$;

-- Bytes to base64 text; encode() breaks lines every 76 characters.
create function segue.base64_of(p_bytes bytea)
returns text
language sql
immutable
set search_path = ''
as $$
  select replace(encode(p_bytes, 'base64'), e'\n', '')
$$;

create function segue.raise_malformed(p_message text)
returns void
language plpgsql
set search_path = ''
as $$
begin
  raise exception using
    errcode = '22023',
    message = p_message,
    hint = 'Reload the page to get the newest version of the app. Your edits are kept.',
    detail = 'malformed';
end
$$;

-- Appends updates of one replica, made in one epoch, and returns the place of each. All or nothing.
--
-- The lock on the space's row makes `seq` gapless and its order the order of commits, so a reader's cursor never
-- steps over an update that commits late. An update that is in the log already keeps its place, also when its epoch
-- has ended since.
--
-- Definer: members may not write to space_update and space.head_seq directly.
create function public.push_updates(p_space uuid, p_client uuid, p_updates jsonb, p_epoch integer default 0)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  item jsonb;
  item_n bigint;
  item_update bytea;
  head bigint;
  current_epoch integer;
  place bigint;
  places jsonb := '[]'::jsonb;
begin
  perform segue.require_role(p_space, 'owner', 'editor');

  if p_client is null or p_updates is null or jsonb_typeof(p_updates) <> 'array' or jsonb_array_length(p_updates) > 100 then
    perform segue.raise_malformed('A push is a list of at most 100 updates of one replica.');
  end if;

  select space.head_seq, space.epoch into head, current_epoch from public.space where space.id = p_space for update;

  for item in select value from jsonb_array_elements(p_updates) loop
    if jsonb_typeof(item) <> 'object'
      or jsonb_typeof(item -> 'n') is distinct from 'number'
      or jsonb_typeof(item -> 'update') is distinct from 'string'
      or (item ->> 'n')::numeric not between 1 and 9007199254740991
      or (item ->> 'n')::numeric <> trunc((item ->> 'n')::numeric)
    then
      perform segue.raise_malformed('An update needs a number n from 1 and its bytes as base64 text.');
    end if;
    if length(item ->> 'update') > 1398104 then
      raise exception using
        errcode = 'PT413',
        message = 'An edit is larger than 1 MiB and was not saved on the server.',
        hint = 'Make the change in smaller steps, for example a shorter note.',
        detail = 'too_large';
    end if;
    item_n := (item ->> 'n')::bigint;
    item_update := segue.bytes_of(item ->> 'update');
    if item_update is null or octet_length(item_update) = 0 then
      perform segue.raise_malformed('The bytes of an update are not base64 text.');
    end if;

    select logged.seq into place
    from public.space_update as logged
    where logged.space_id = p_space and logged.client_id = p_client and logged.n = item_n;

    if place is null then
      if p_epoch is distinct from current_epoch then
        raise exception using
          errcode = '55000',
          message = 'The document has had a fresh start since these edits were made.',
          hint = 'Nothing is lost: they are carried over into the new document by themselves.',
          detail = 'old_epoch';
      end if;
      head := head + 1;
      place := head;
      insert into public.space_update (space_id, seq, client_id, n, author_id, epoch, update)
      values (p_space, place, p_client, item_n, auth.uid(), current_epoch, item_update);
    end if;
    places := places || jsonb_build_object('n', item_n, 'seq', place);
  end loop;

  update public.space set head_seq = head where space.id = p_space and space.head_seq <> head;
  return places;
end
$$;

-- A page of one epoch's log after p_since: at most p_limit updates and about 1 MiB, but at least one when there is
-- one. Updates that were compacted away leave a gap at the start, which a reader fills with a snapshot.
create function public.pull_updates(p_space uuid, p_since bigint, p_limit integer default 500, p_epoch integer default 0)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  caller_role text := segue.require_role(p_space, 'owner', 'editor', 'viewer');
  answer jsonb;
begin
  select jsonb_build_object(
    'head', space.head_seq,
    'role', caller_role,
    'epoch', space.epoch,
    'updates', coalesce(
      (
        select jsonb_agg(
          jsonb_build_object(
            'seq', page.seq, 'client', page.client_id, 'n', page.n,
            'author', page.author_id, 'update', segue.base64_of(page.update)
          )
          order by page.seq
        )
        from (
          select
            logged.*,
            sum(octet_length(logged.update)) over (order by logged.seq) - octet_length(logged.update) as bytes_before
          from (
            select *
            from public.space_update
            where space_id = p_space and epoch = p_epoch and seq > coalesce(p_since, 0)
            order by seq
            limit greatest(1, least(coalesce(p_limit, 500), 1000))
          ) as logged
        ) as page
        where page.bytes_before < 786432
      ),
      '[]'::jsonb
    )
  )
  into answer
  from public.space as space
  where space.id = p_space;
  return answer;
end
$$;

revoke all on all functions in schema segue from public;
grant execute on function segue.require_role(uuid, text[]) to authenticated;
grant execute on function segue.base64_of(bytea) to authenticated;
revoke all on function public.push_updates(uuid, uuid, jsonb, integer) from public, anon;
revoke all on function public.pull_updates(uuid, bigint, integer, integer) from public, anon;
grant execute on function public.push_updates(uuid, uuid, jsonb, integer) to authenticated;
grant execute on function public.pull_updates(uuid, bigint, integer, integer) to authenticated;
