-- Compaction: a worker merges the log into snapshots of its own, begins epochs, and purges the log. Only the service
-- role calls these functions; any number of workers may, at once, because each step checks under a lock on the
-- space's row what it was computed from.
--
-- Every function is a definer: the worker needs no rights on the tables themselves.

alter table public.space add column epoch_started_at timestamptz not null default now();

-- Since when the document has held edits that build on others which the log does not have. An epoch would drop them.
alter table public.space_snapshot add column waiting_since timestamptz;

create function segue.newest_worker_snapshot(p_space uuid, out epoch integer, out seq bigint)
language sql
stable
set search_path = ''
as $$
  select snapshot.epoch, snapshot.seq
  from public.space_snapshot as snapshot
  where snapshot.space_id = p_space and snapshot.by_worker
  order by snapshot.epoch desc, snapshot.seq desc
  limit 1
$$;

-- Spaces that need work, at most 500, in the order of their ids, after p_after.
--   merge: much has been logged since the worker's last snapshot (p_entries updates or p_bytes), or an update that no
--     snapshot holds is past its time, or nobody has looked for removed rows past theirs since p_trash_seconds
--   otherwise there are only updates to purge
create function public.spaces_to_compact(
  p_entries integer, p_bytes bigint, p_log_seconds double precision, p_trash_seconds double precision, p_after uuid default null
)
returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select coalesce(jsonb_agg(jsonb_build_object('id', listed.id, 'merge', listed.merge) order by listed.id), '[]'::jsonb)
  from (
    select space.id, due.merge
    from public.space as space
    left join lateral (
      select snapshot.seq, snapshot.created_at
      from public.space_snapshot as snapshot
      where snapshot.space_id = space.id and snapshot.epoch = space.epoch and snapshot.by_worker
      order by snapshot.seq desc
      limit 1
    ) as base on true
    cross join lateral (
      select coalesce(base.seq, space.epoch_seq) as seq, now() - make_interval(secs => p_log_seconds) as log_kept_since
    ) as merged
    cross join lateral (
      select
        space.head_seq - merged.seq >= p_entries
        or coalesce(base.created_at < now() - make_interval(secs => p_trash_seconds), false)
        or coalesce(
          (
            select sum(octet_length(tail.update)) >= p_bytes or min(tail.created_at) < merged.log_kept_since
            from public.space_update as tail
            where tail.space_id = space.id and tail.seq > merged.seq
          ),
          false
        ) as merge
    ) as due
    where space.head_seq > 0
      and (p_after is null or space.id > p_after)
      and (
        due.merge
        or (
          select oldest.created_at
          from public.space_update as oldest
          where oldest.space_id = space.id
          order by oldest.seq
          limit 1
        ) < merged.log_kept_since
      )
    order by space.id
    limit 500
  ) as listed
$$;

-- What the worker starts from: its own newest snapshot of the current epoch below p_before, never a member's, which
-- may hold anything. Null when there is no such space.
create function public.compaction_base(p_space uuid, p_before bigint default null)
returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select jsonb_build_object(
    'epoch', space.epoch,
    'epochSeq', space.epoch_seq,
    'epochStartedAt', space.epoch_started_at,
    'snapshot', (
      select jsonb_build_object(
        'seq', snapshot.seq, 'state', segue.base64_of(snapshot.state), 'waitingSince', snapshot.waiting_since
      )
      from public.space_snapshot as snapshot
      where snapshot.space_id = space.id
        and snapshot.epoch = space.epoch
        and snapshot.by_worker
        and (p_before is null or snapshot.seq < p_before)
      order by snapshot.seq desc
      limit 1
    )
  )
  from public.space as space
  where space.id = p_space
$$;

-- A page of one epoch's log after p_after, like that of pull_updates.
create function public.compaction_tail(p_space uuid, p_epoch integer, p_after bigint)
returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select coalesce(
    jsonb_agg(
      jsonb_build_object(
        'seq', page.seq, 'client', page.client_id, 'n', page.n, 'update', segue.base64_of(page.update)
      )
      order by page.seq
    ),
    '[]'::jsonb
  )
  from (
    select
      logged.*,
      sum(octet_length(logged.update)) over (order by logged.seq) - octet_length(logged.update) as bytes_before
    from (
      select *
      from public.space_update
      where space_id = p_space and epoch = p_epoch and seq > p_after
      order by seq
      limit 1000
    ) as logged
  ) as page
  where page.bytes_before < 786432
$$;

-- Snapshots that nobody needs any more: of the worker all but the newest two, of members those that the worker's
-- newest replaces.
create function segue.tidy_snapshots(p_space uuid)
returns void
language sql
set search_path = ''
as $$
  delete from public.space_snapshot as old
  where old.space_id = p_space
    and old.by_worker
    and (old.epoch, old.seq) not in (
      select kept.epoch, kept.seq
      from public.space_snapshot as kept
      where kept.space_id = p_space and kept.by_worker
      order by kept.epoch desc, kept.seq desc
      limit 2
    );
  delete from public.space_snapshot as old
  using segue.newest_worker_snapshot(p_space) as newest
  where old.space_id = p_space and not old.by_worker and (old.epoch, old.seq) < (newest.epoch, newest.seq)
$$;

create function segue.state_of(p_state text)
returns bytea
language plpgsql
immutable
set search_path = ''
as $$
declare
  state bytea := segue.bytes_of(p_state);
begin
  if state is null or octet_length(state) not between 1 and 67108864 then
    perform segue.raise_malformed('A snapshot is 1 byte to 64 MiB, as base64 text.');
  end if;
  return state;
end
$$;

-- Keeps a snapshot of the worker, in place of a member's with the same place. False when it comes too late: the epoch
-- has ended or another worker has got further. Writing one again says that it has been looked at.
create function public.write_worker_snapshot(
  p_space uuid, p_epoch integer, p_seq bigint, p_state text, p_waiting_since timestamptz default null
)
returns boolean
language plpgsql
security definer
set search_path = ''
as $$
declare
  -- Before the lock, because members who push wait for that.
  new_state bytea := segue.state_of(p_state);
  newest record;
begin
  perform from public.space
  where id = p_space and epoch = p_epoch and p_seq between greatest(epoch_seq, 1) and head_seq
  for update;
  if not found then
    return false;
  end if;
  select * into newest from segue.newest_worker_snapshot(p_space);
  if newest.epoch = p_epoch and newest.seq > p_seq then
    return false;
  end if;
  insert into public.space_snapshot (space_id, epoch, seq, state, by_worker, waiting_since)
  values (p_space, p_epoch, p_seq, new_state, true, p_waiting_since)
  on conflict (space_id, epoch, seq) do update
  set state = excluded.state, by_worker = true, author_id = null, waiting_since = excluded.waiting_since, created_at = now();
  perform segue.tidy_snapshots(p_space);
  return true;
end
$$;

-- Gives a space a fresh document and returns its epoch. Null, and nothing done, when the epoch or the head are not
-- those that the document was made of: an update logged meanwhile would be missing from it.
create function public.begin_epoch(p_space uuid, p_epoch integer, p_head bigint, p_state text)
returns integer
language plpgsql
security definer
set search_path = ''
as $$
declare
  new_state bytea := segue.state_of(p_state);
begin
  -- The lock that push_updates takes: a push comes before, and moves the head, or after, and finds the new epoch.
  perform from public.space
  where id = p_space and epoch = p_epoch and head_seq = p_head and p_head > 0
  for update;
  if not found then
    return null;
  end if;
  update public.space
  set epoch = p_epoch + 1, epoch_seq = p_head, epoch_started_at = now()
  where id = p_space;
  insert into public.space_snapshot (space_id, epoch, seq, state, by_worker)
  values (p_space, p_epoch + 1, p_head, new_state, true);
  perform segue.tidy_snapshots(p_space);
  return p_epoch + 1;
end
$$;

-- Deletes updates that are older than p_seconds and part of a worker's snapshot, of their epoch or of a later one, and
-- returns how many; at most 10 000 at a time. Always from the start of the log: what is left has no holes. Updates of
-- ended epochs stay as long as others, because whoever was away reads them before the new document.
create function public.purge_log(p_space uuid, p_seconds double precision)
returns integer
language plpgsql
security definer
set search_path = ''
as $$
declare
  newest record;
  first_kept bigint;
  deleted integer;
begin
  if p_seconds is null or p_seconds < 0 then
    perform segue.raise_malformed('How long the log is kept is a number of seconds.');
  end if;
  select * into newest from segue.newest_worker_snapshot(p_space);
  if newest.seq is null then
    return 0;
  end if;
  select logged.seq into first_kept
  from public.space_update as logged
  where logged.space_id = p_space
    and (
      logged.created_at >= now() - make_interval(secs => p_seconds)
      or (logged.epoch, logged.seq) > (newest.epoch, newest.seq)
    )
  order by logged.seq
  limit 1;
  -- At most up to the snapshot: an update may have been logged since that query.
  delete from public.space_update as logged
  using (
    select old.seq
    from public.space_update as old
    where old.space_id = p_space and old.seq < coalesce(first_kept, newest.seq + 1)
    order by old.seq
    limit 10000
  ) as past
  where logged.space_id = p_space and logged.seq = past.seq;
  get diagnostics deleted = row_count;
  return deleted;
end
$$;

revoke all on all functions in schema segue from public;

do $$
declare
  signature text;
begin
  foreach signature in array array[
    'spaces_to_compact(integer, bigint, double precision, double precision, uuid)', 'compaction_base(uuid, bigint)',
    'compaction_tail(uuid, integer, bigint)', 'write_worker_snapshot(uuid, integer, bigint, text, timestamptz)',
    'begin_epoch(uuid, integer, bigint, text)', 'purge_log(uuid, double precision)'
  ] loop
    execute format('revoke all on function public.%s from public, anon, authenticated', signature);
    execute format('grant execute on function public.%s to service_role', signature);
  end loop;
end
$$;
