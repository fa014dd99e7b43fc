-- A page of one epoch's log after p_since, packed: at most p_limit updates and about 1 MiB as text, but at least one
-- when there is one. Like pull_updates, which older versions of the app go on calling, without what no device reads,
-- and with everything that is the same for many updates said once.
--
--   first    place of the first update; the others follow without a gap
--   clients  the replicas that made them
--   runs     for updates in a row by one replica: its index in clients, its n for the first, how many
--   lengths  of each update, in bytes
--   updates  all of them, end to end
--
-- An empty page has none of these five.
--
-- json, not jsonb: array_to_json writes numbers without spaces, and jsonb would put them in again.
create function public.pull_log(p_space uuid, p_epoch integer, p_since bigint, p_limit integer default 500)
returns json
language plpgsql
stable
set search_path = ''
as $$
declare
  caller_role text := segue.require_role(p_space, 'owner', 'editor', 'viewer');
  answer json;
begin
  with logged as (
    select entry.seq, entry.client_id, entry.n, entry.update
    from public.space_update as entry
    where entry.space_id = p_space and entry.epoch = p_epoch and entry.seq > coalesce(p_since, 0)
    order by entry.seq
    limit greatest(1, least(coalesce(p_limit, 500), 5000))
  ),
  measured as (
    select
      logged.*,
      logged.seq - row_number() over log = min(logged.seq) over log - 1 as follows,
      (logged.client_id, logged.n - 1) is distinct from (lag(logged.client_id) over log, lag(logged.n) over log) as is_start,
      sum(octet_length(logged.update)) over log - octet_length(logged.update) as bytes_before
    from logged
    window log as (order by logged.seq)
  ),
  page as (
    select measured.*, count(*) filter (where measured.is_start) over (order by measured.seq) as run
    from measured
    where measured.follows and measured.bytes_before < 786432
  ),
  replica as (
    select page.client_id, row_number() over (order by min(page.seq)) - 1 as index from page group by page.client_id
  ),
  run as (
    select page.run, array[min(replica.index), min(page.n), count(*)] as numbers
    from page join replica using (client_id)
    group by page.run
  )
  select json_strip_nulls(json_build_object(
    'head', space.head_seq,
    'role', caller_role,
    'epoch', space.epoch,
    'first', (select min(page.seq) from page),
    'clients', (select array_to_json(array_agg(replica.client_id order by replica.index)) from replica),
    'runs', (
      select array_to_json(array_agg(part.number order by run.run, part.place))
      from run, unnest(run.numbers) with ordinality as part (number, place)
    ),
    'lengths', (select array_to_json(array_agg(octet_length(page.update) order by page.seq)) from page),
    'updates', (select segue.base64_of(string_agg(page.update, ''::bytea order by page.seq)) from page)
  ))
  into answer
  from public.space as space
  where space.id = p_space;
  return answer;
end
$$;

-- A push that is answered with what is new in the log as well: one request where many people write at once.
create function public.exchange_updates(p_space uuid, p_epoch integer, p_client uuid, p_updates jsonb, p_since bigint)
returns json
language plpgsql
set search_path = ''
as $$
declare
  -- In this order: the page has what was pushed.
  places jsonb := public.push_updates(p_space, p_client, p_updates, p_epoch);
  page json := public.pull_log(p_space, p_epoch, p_since);
begin
  return json_build_object('places', places, 'page', page);
end
$$;

revoke all on function public.pull_log(uuid, integer, bigint, integer) from public, anon;
revoke all on function public.exchange_updates(uuid, integer, uuid, jsonb, bigint) from public, anon;
grant execute on function public.pull_log(uuid, integer, bigint, integer) to authenticated;
grant execute on function public.exchange_updates(uuid, integer, uuid, jsonb, bigint) to authenticated;
