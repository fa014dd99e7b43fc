-- A space is the unit of sharing, sync and permission; its members read it, its owner and editors write it.

create table public.space (
  id uuid primary key,
  kind text not null check (kind in ('library', 'playlist')),
  name text not null check (char_length(name) <= 200),
  owner_id uuid not null references auth.users (id) on delete cascade,
  -- Counts fresh starts of the document: updates of different epochs cannot be merged.
  epoch integer not null default 0,
  -- Place in the log after which the current epoch begins.
  epoch_seq bigint not null default 0,
  -- Highest place in the log. Only push_updates changes it, under a lock on this row.
  head_seq bigint not null default 0,
  created_at timestamptz not null default now()
);

create unique index one_library_per_owner on public.space (owner_id) where kind = 'library';

create table public.space_member (
  space_id uuid not null references public.space (id) on delete cascade,
  user_id uuid not null references auth.users (id) on delete cascade,
  role text not null check (role in ('owner', 'editor', 'viewer')),
  created_at timestamptz not null default now(),
  primary key (space_id, user_id)
);

create index space_member_by_user on public.space_member (user_id);

create table public.profile (
  user_id uuid primary key references auth.users (id) on delete cascade,
  display_name text not null check (char_length(display_name) between 1 and 80),
  updated_at timestamptz not null default now()
);

-- Definer: reads memberships without the policies on space_member, which call it themselves.
create function segue.role_in(p_space uuid)
returns text
language sql
stable
security definer
set search_path = ''
as $$
  select member.role
  from public.space_member as member
  where member.space_id = p_space and member.user_id = auth.uid()
$$;

-- Definer: the other person's memberships are not the caller's to read.
create function segue.shares_a_space_with(p_user uuid)
returns boolean
language sql
stable
security definer
set search_path = ''
as $$
  select exists (
    select
    from public.space_member as mine
    join public.space_member as theirs using (space_id)
    where mine.user_id = auth.uid() and theirs.user_id = p_user
  )
$$;

-- Raises unless the caller has one of the roles. The same answer for a space that does not exist and one that is
-- not the caller's: nobody learns which ids are taken.
create function segue.require_role(p_space uuid, variadic p_roles text[])
returns text
language plpgsql
stable
set search_path = ''
as $$
declare
  caller_role text := segue.role_in(p_space);
begin
  if caller_role is null then
    raise exception using
      errcode = '42501',
      message = 'You are not a member of this space.',
      hint = 'Ask its owner for an invite. If you were a member until now, your access has been taken away.',
      detail = 'not_a_member';
  end if;
  if not caller_role = any (p_roles) then
    raise exception using
      errcode = '42501',
      message = case caller_role
        when 'viewer' then 'You may only view this playlist.'
        else 'Only the owner may do this.'
      end,
      hint = 'Ask the owner for more rights, or keep a copy of your own.',
      detail = 'forbidden';
  end if;
  return caller_role;
end
$$;

-- Like require_role, for whoever changes members: of two at once, the second waits and is asked again, because the
-- first may have taken the role away.
create function segue.require_role_alone(p_space uuid, variadic p_roles text[])
returns text
language plpgsql
set search_path = ''
as $$
begin
  perform segue.require_role(p_space, variadic p_roles);
  perform from public.space where id = p_space for update;
  return segue.require_role(p_space, variadic p_roles);
end
$$;

revoke all on all functions in schema segue from public;
grant execute on function segue.role_in(uuid) to authenticated;
grant execute on function segue.shares_a_space_with(uuid) to authenticated;

alter table public.space enable row level security;
alter table public.space_member enable row level security;
alter table public.profile enable row level security;
revoke all on public.space, public.space_member, public.profile from anon, authenticated;

grant select on public.space to authenticated;
grant update (name) on public.space to authenticated;
grant select on public.space_member to authenticated;
grant select on public.profile to authenticated;
grant insert (user_id, display_name), update (user_id, display_name) on public.profile to authenticated;

create policy "members see their spaces" on public.space
  for select to authenticated
  using (segue.role_in(id) is not null);

create policy "owners rename their spaces" on public.space
  for update to authenticated
  using (segue.role_in(id) = 'owner')
  with check (segue.role_in(id) = 'owner');

create policy "members see who shares a space with them" on public.space_member
  for select to authenticated
  using (segue.role_in(space_id) is not null);

create policy "people see themselves and those they share a space with" on public.profile
  for select to authenticated
  using (user_id = auth.uid() or segue.shares_a_space_with(user_id));

create policy "people write their own profile" on public.profile
  for insert to authenticated
  with check (user_id = auth.uid());

create policy "people change their own profile" on public.profile
  for update to authenticated
  using (user_id = auth.uid())
  with check (user_id = auth.uid());

-- Definer: nobody may insert into space or space_member directly.
create function public.create_space(p_id uuid, p_kind text, p_name text)
returns uuid
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := auth.uid();
  existing uuid;
begin
  if p_id is null or p_kind is null or p_kind not in ('library', 'playlist') or char_length(p_name) not between 0 and 200 then
    raise exception using
      errcode = '22023',
      message = 'A space needs an id, a kind (library or playlist) and a name of at most 200 characters.',
      hint = 'Shorten the name, or reload the page to get the newest version of the app.',
      detail = 'malformed';
  end if;

  -- One at a time per person, so that two devices cannot both make a library.
  perform pg_advisory_xact_lock(hashtextextended('segue.create_space:' || caller, 0));

  if p_kind = 'library' then
    select space.id into existing from public.space where space.owner_id = caller and space.kind = 'library';
    if existing is not null then
      return existing;
    end if;
  end if;

  insert into public.space (id, kind, name, owner_id)
  values (p_id, p_kind, p_name, caller)
  on conflict (id) do nothing;

  if not exists (select from public.space where space.id = p_id and space.owner_id = caller) then
    raise exception using
      errcode = '42501',
      message = 'This id belongs to a space of somebody else.',
      hint = 'Keep a copy under a new id.',
      detail = 'space_taken';
  end if;

  insert into public.space_member (space_id, user_id, role)
  values (p_id, caller, 'owner')
  on conflict (space_id, user_id) do nothing;
  return p_id;
end
$$;

create function public.my_spaces()
returns jsonb
language sql
stable
set search_path = ''
as $$
  select coalesce(
    jsonb_agg(
      jsonb_build_object(
        'id', space.id, 'kind', space.kind, 'name', space.name, 'role', member.role,
        'headSeq', space.head_seq, 'epoch', space.epoch, 'ownerId', space.owner_id
      )
      order by space.created_at, space.id
    ),
    '[]'::jsonb
  )
  from public.space as space
  join public.space_member as member on member.space_id = space.id and member.user_id = auth.uid()
$$;

revoke all on function public.create_space(uuid, text, text) from public, anon;
revoke all on function public.my_spaces() from public, anon;
grant execute on function public.create_space(uuid, text, text) to authenticated;
grant execute on function public.my_spaces() to authenticated;
