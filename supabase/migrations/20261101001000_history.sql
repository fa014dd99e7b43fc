-- History: what a space was at a past moment is a checkpoint (an older snapshot of the worker) and the log after it.
--
-- For as long as the log is kept, every moment of it can be read. So the log is cut only where a checkpoint is, and
-- the checkpoint at the cut, and the one that an epoch began with, stay as long as the log goes on from them. Of what
-- is older, checkpoints are left, fewer the older they are.

-- When the last update that a snapshot holds was logged: the log itself may be purged.
alter table public.space_snapshot add column logged_at timestamptz;

update public.space_snapshot as snapshot
set logged_at = coalesce(
  (
    select logged.created_at
    from public.space_update as logged
    where logged.space_id = snapshot.space_id and logged.seq = snapshot.seq
  ),
  snapshot.created_at
);

alter table public.space_snapshot
  alter column logged_at set not null,
  alter column logged_at set default now();

-- When the update at a place was logged; when it has been purged, what a snapshot of that place or before it says.
create function segue.logged_at(p_space uuid, p_seq bigint)
returns timestamptz
language sql
stable
set search_path = ''
as $$
  select coalesce(
    (select logged.created_at from public.space_update as logged where logged.space_id = p_space and logged.seq = p_seq),
    (
      select snapshot.logged_at
      from public.space_snapshot as snapshot
      where snapshot.space_id = p_space and snapshot.by_worker and snapshot.seq <= p_seq
      order by snapshot.seq desc, snapshot.epoch desc
      limit 1
    ),
    now()
  )
$$;

-- Snapshots of members that the worker's newest replaces. Its own are thinned by thin_history.
create or replace function segue.tidy_snapshots(p_space uuid)
returns void
language sql
set search_path = ''
as $$
  delete from public.space_snapshot as old
  using segue.newest_worker_snapshot(p_space) as newest
  where old.space_id = p_space and not old.by_worker and (old.epoch, old.seq) < (newest.epoch, newest.seq)
$$;

-- As before, and says when what it holds was logged.
create or replace function public.write_worker_snapshot(
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
  insert into public.space_snapshot (space_id, epoch, seq, state, by_worker, waiting_since, logged_at)
  values (p_space, p_epoch, p_seq, new_state, true, p_waiting_since, segue.logged_at(p_space, p_seq))
  on conflict (space_id, epoch, seq) do update
  set
    state = excluded.state, by_worker = true, author_id = null, waiting_since = excluded.waiting_since,
    created_at = now(), logged_at = excluded.logged_at;
  perform segue.tidy_snapshots(p_space);
  return true;
end
$$;

-- As before, and says when what the fresh document holds was logged.
create or replace function public.begin_epoch(p_space uuid, p_epoch integer, p_head bigint, p_state text)
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
  insert into public.space_snapshot (space_id, epoch, seq, state, by_worker, logged_at)
  values (p_space, p_epoch + 1, p_head, new_state, true, segue.logged_at(p_space, p_head));
  perform segue.tidy_snapshots(p_space);
  return p_epoch + 1;
end
$$;

-- The place up to which the log may go: all of it is older than p_seconds, and a checkpoint is there to go on from.
create function segue.purgeable_to(p_space uuid, p_seconds double precision)
returns bigint
language sql
stable
set search_path = ''
as $$
  select max(snapshot.seq)
  from public.space_snapshot as snapshot
  where snapshot.space_id = p_space
    and snapshot.by_worker
    and not exists (
      select from public.space_update as young
      where young.space_id = p_space
        and young.seq <= snapshot.seq
        and young.created_at >= now() - make_interval(secs => p_seconds)
    )
$$;

-- Deletes updates that are older than p_seconds, up to a checkpoint, and returns how many; at most 10 000 at a time.
-- Always from the start of the log: what is left has no holes. Updates of ended epochs stay as long as others, because
-- whoever was away reads them before the new document.
create or replace function public.purge_log(p_space uuid, p_seconds double precision)
returns integer
language plpgsql
security definer
set search_path = ''
as $$
declare
  deleted integer;
begin
  if p_seconds is null or p_seconds < 0 then
    perform segue.raise_malformed('How long the log is kept is a number of seconds.');
  end if;
  delete from public.space_update as logged
  using (
    select old.seq
    from public.space_update as old
    where old.space_id = p_space and old.seq <= segue.purgeable_to(p_space, p_seconds)
    order by old.seq
    limit 10000
  ) as past
  where logged.space_id = p_space and logged.seq = past.seq;
  get diagnostics deleted = row_count;
  return deleted;
end
$$;

drop function public.spaces_to_compact(integer, bigint, double precision, double precision, uuid);

-- Spaces that need work, at most 500, in the order of their ids, after p_after.
--   merge: much has been logged since the worker's last snapshot (p_entries updates or p_bytes), or an update that no
--     snapshot holds is past its time or older than p_checkpoint_seconds, or nobody has looked for removed rows past
--     theirs since p_trash_seconds
--   otherwise there are only updates to purge
create function public.spaces_to_compact(
  p_entries integer, p_bytes bigint, p_log_seconds double precision, p_trash_seconds double precision,
  p_after uuid default null, p_checkpoint_seconds double precision default null
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
      select
        coalesce(base.seq, space.epoch_seq) as seq,
        now() - make_interval(secs => p_log_seconds) as log_kept_since,
        now() - make_interval(secs => least(p_log_seconds, p_checkpoint_seconds)) as checkpoint_due_since
    ) as merged
    cross join lateral (
      select
        space.head_seq - merged.seq >= p_entries
        or coalesce(base.created_at < now() - make_interval(secs => p_trash_seconds), false)
        or coalesce(
          (
            select sum(octet_length(tail.update)) >= p_bytes or min(tail.created_at) < merged.checkpoint_due_since
            from public.space_update as tail
            where tail.space_id = space.id and tail.seq > merged.seq
          ),
          false
        ) as merge
    ) as due
    left join lateral (
      select logged.seq, logged.created_at
      from public.space_update as logged
      where logged.space_id = space.id
      order by logged.seq
      limit 1
    ) as oldest on true
    where space.head_seq > 0
      and (p_after is null or space.id > p_after)
      and (
        due.merge
        or case
          when oldest.created_at < merged.log_kept_since then oldest.seq <= segue.purgeable_to(space.id, p_log_seconds)
          else false
        end
      )
    order by space.id
    limit 500
  ) as listed
$$;

-- Deletes checkpoints that history can do without, and returns how many. What stays is the newest of each hour up to
-- p_hourly_seconds ago, of each day up to p_daily_seconds, of each week up to p_weekly_seconds, and of those the newest
-- that fit into p_bytes; and in any case the newest two, and those from which the log goes on.
--
-- Definer: the worker needs no rights on the table itself.
create function public.thin_history(
  p_space uuid, p_hourly_seconds double precision, p_daily_seconds double precision, p_weekly_seconds double precision,
  p_bytes bigint
)
returns integer
language plpgsql
security definer
set search_path = ''
as $$
declare
  deleted integer;
begin
  if least(p_hourly_seconds, p_daily_seconds, p_weekly_seconds, p_bytes) < 0
    or num_nulls(p_hourly_seconds, p_daily_seconds, p_weekly_seconds, p_bytes) > 0
  then
    perform segue.raise_malformed('How much of the history is kept is three numbers of seconds and one of bytes.');
  end if;
  -- Another worker may be writing one.
  perform from public.space where id = p_space for update;
  with aged as (
    select
      snapshot.epoch, snapshot.seq, snapshot.logged_at, octet_length(snapshot.state) as size,
      extract(epoch from now() - snapshot.logged_at) as age,
      row_number() over (order by snapshot.epoch desc, snapshot.seq desc) <= 2
      or exists (
        select from public.space_update as next
        where next.space_id = p_space and next.seq = snapshot.seq + 1 and next.epoch = snapshot.epoch
          and not exists (
            select from public.space_update as held
            where held.space_id = p_space and held.seq = snapshot.seq and held.epoch = snapshot.epoch
          )
      ) as is_needed
    from public.space_snapshot as snapshot
    where snapshot.space_id = p_space and snapshot.by_worker
  ),
  grouped as (
    select
      aged.*,
      case
        when aged.age <= p_hourly_seconds then date_trunc('hour', aged.logged_at, 'UTC')::text || ' hour'
        when aged.age <= p_daily_seconds then date_trunc('day', aged.logged_at, 'UTC')::text || ' day'
        when aged.age <= p_weekly_seconds then date_trunc('week', aged.logged_at, 'UTC')::text || ' week'
      end as stretch
    from aged
  ),
  chosen as (
    select
      grouped.*,
      grouped.stretch is not null
      and row_number() over (partition by grouped.stretch order by grouped.epoch desc, grouped.seq desc) = 1 as is_newest
    from grouped
  ),
  measured as (
    select
      chosen.*,
      sum(chosen.size) filter (where chosen.is_needed or chosen.is_newest)
        over (order by chosen.epoch desc, chosen.seq desc) as bytes
    from chosen
  )
  delete from public.space_snapshot as old
  using measured
  where old.space_id = p_space and old.epoch = measured.epoch and old.seq = measured.seq
    and not measured.is_needed
    and not (measured.is_newest and measured.bytes <= p_bytes);
  get diagnostics deleted = row_count;
  return deleted;
end
$$;

-- The place from which on each place in the log can be read. Null when there is nothing to read.
create function segue.history_start(p_space uuid)
returns bigint
language sql
stable
set search_path = ''
as $$
  select case
    when oldest.seq = 1 then 0
    else (
      select case when oldest.seq is null then max(snapshot.seq) else min(snapshot.seq) end
      from public.space_snapshot as snapshot
      where snapshot.space_id = p_space
        and snapshot.by_worker
        and (oldest.seq is null or snapshot.seq >= oldest.seq - 1)
    )
  end
  from (values (p_space)) as asked (space)
  left join lateral (
    select logged.seq
    from public.space_update as logged
    where logged.space_id = asked.space
    order by logged.seq
    limit 1
  ) as oldest on true
$$;

-- Moments of a space before a place in its log, newest first: edits of one person without a pause of ten minutes; and,
-- where the log has been purged, checkpoints, of which nobody knows any more who made what.
--
--   epoch, seq    what the space was at the end of the moment
--   from          the place before its first edit; absent for a checkpoint
--   author        who pushed the edits, by their session; null for a deleted account and for a checkpoint
--   since, until  when the first and the last edit were logged, in ms since 1970
--   edits         how many updates
--
-- At most 5 000 updates are looked through: a longer moment comes in parts.
create function public.space_moments(p_space uuid, p_before bigint default null, p_limit integer default 50)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
declare
  start bigint;
  most integer := greatest(1, least(coalesce(p_limit, 50), 200));
  answer jsonb;
begin
  perform segue.require_role(p_space, 'owner', 'editor', 'viewer');
  start := segue.history_start(p_space);
  with logged as (
    select entry.seq, entry.epoch, entry.author_id, entry.created_at
    from public.space_update as entry
    where entry.space_id = p_space and entry.seq > start and (p_before is null or entry.seq < p_before)
    order by entry.seq desc
    limit 5000
  ),
  marked as (
    select
      logged.*,
      (logged.author_id, logged.epoch) is distinct from (lag(logged.author_id) over log, lag(logged.epoch) over log)
      or logged.created_at > lag(logged.created_at) over log + interval '10 minutes' as is_start
    from logged
    window log as (order by logged.seq)
  ),
  numbered as (
    select marked.*, count(*) filter (where marked.is_start) over (order by marked.seq) as moment from marked
  ),
  edited as (
    select
      moment.epoch, min(moment.seq) - 1 as before, max(moment.seq) as seq, moment.author_id,
      min(moment.created_at) as since, max(moment.created_at) as until, count(*) as edits
    from numbered as moment
    group by moment.moment, moment.epoch, moment.author_id
    -- Of the oldest more may lie beyond the limit.
    having moment.moment > 1 or (select count(*) < 5000 or max(numbered.moment) = 1 from numbered)
  ),
  kept as (
    select distinct on (snapshot.seq) snapshot.epoch, snapshot.seq, snapshot.logged_at
    from public.space_snapshot as snapshot
    where snapshot.space_id = p_space
      and snapshot.by_worker
      and snapshot.seq <= start
      and (p_before is null or snapshot.seq < p_before)
      and (select count(*) < 5000 from logged)
    order by snapshot.seq desc, snapshot.epoch desc
    limit most
  ),
  listed as (
    select edited.epoch, edited.before, edited.seq, edited.author_id, edited.since, edited.until, edited.edits from edited
    union all
    select kept.epoch, null, kept.seq, null, kept.logged_at, kept.logged_at, 0 from kept
    order by seq desc
    limit most
  )
  select coalesce(
    jsonb_agg(
      jsonb_build_object(
        'epoch', listed.epoch,
        'from', listed.before,
        'seq', listed.seq,
        'author', listed.author_id,
        'since', floor(extract(epoch from listed.since) * 1000)::bigint,
        'until', floor(extract(epoch from listed.until) * 1000)::bigint,
        'edits', listed.edits
      )
      order by listed.seq desc
    ),
    '[]'::jsonb
  )
  into answer
  from listed;
  return answer;
end
$$;

-- The newest checkpoint of an epoch at p_at or before it, in pieces as read_snapshot gives them; null when there is none.
create function public.read_checkpoint(
  p_space uuid, p_epoch integer, p_at bigint, p_offset integer default 0, p_length integer default 1048576
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
  where snapshot.space_id = p_space and snapshot.by_worker and snapshot.epoch = p_epoch and snapshot.seq <= p_at
  order by snapshot.seq desc
  limit 1;
  return answer;
end
$$;

revoke all on all functions in schema segue from public;
grant execute on function segue.history_start(uuid) to authenticated;

revoke all on function public.space_moments(uuid, bigint, integer) from public, anon;
revoke all on function public.read_checkpoint(uuid, integer, bigint, integer, integer) from public, anon;
grant execute on function public.space_moments(uuid, bigint, integer) to authenticated;
grant execute on function public.read_checkpoint(uuid, integer, bigint, integer, integer) to authenticated;

do $$
declare
  signature text;
begin
  foreach signature in array array[
    'spaces_to_compact(integer, bigint, double precision, double precision, uuid, double precision)',
    'thin_history(uuid, double precision, double precision, double precision, bigint)'
  ] loop
    execute format('revoke all on function public.%s from public, anon, authenticated', signature);
    execute format('grant execute on function public.%s to service_role', signature);
  end loop;
end
$$;
