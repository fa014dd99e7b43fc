-- How people come to share a space, and stop.

create table public.space_invite (
  id uuid primary key default gen_random_uuid(),
  space_id uuid not null references public.space (id) on delete cascade,
  -- Only the hash is kept: whoever reads the table cannot use the invite.
  token_hash bytea not null unique,
  role text not null check (role in ('editor', 'viewer')),
  -- Lower case; null for an invite by link.
  email text check (email = lower(email) and char_length(email) <= 320),
  created_by uuid not null references auth.users (id) on delete cascade,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  accepted_by uuid references auth.users (id) on delete set null,
  accepted_at timestamptz,
  revoked_at timestamptz
);

create index space_invite_by_space on public.space_invite (space_id);
create index space_invite_by_email on public.space_invite (email) where email is not null;

alter table public.space_invite enable row level security;
revoke all on public.space_invite from anon, authenticated;
grant select (id, space_id, role, email, created_by, created_at, expires_at, accepted_by, accepted_at, revoked_at)
  on public.space_invite to authenticated;

create policy "owners see the invites to their spaces" on public.space_invite
  for select to authenticated
  using (segue.role_in(space_id) = 'owner');

create function segue.caller_email()
returns text
language sql
stable
set search_path = ''
as $$
  select lower(auth.jwt() ->> 'email')
$$;

-- Null for somebody without a name: their address is for members only.
--
-- Definer: the inviter's profile is not otherwise readable by somebody who shares no space with them.
create function segue.name_of(p_user uuid)
returns text
language sql
stable
security definer
set search_path = ''
as $$
  select profile.display_name from public.profile where profile.user_id = p_user
$$;

create function segue.hash_of(p_token text)
returns bytea
language sql
immutable
set search_path = ''
as $$
  select sha256(convert_to(p_token, 'UTF8'))
$$;

create function public.invite_to_space(p_space uuid, p_role text, p_email text default null, p_days integer default 14)
returns jsonb
language plpgsql
-- Definer: the token's hash may be neither written nor read directly.
security definer
set search_path = ''
as $$
declare
  token text := replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '');
  address text := nullif(lower(btrim(p_email)), '');
  invite_id uuid;
begin
  perform segue.require_role(p_space, 'owner');
  if p_role is null or p_role not in ('editor', 'viewer') or p_days is null or p_days not between 1 and 365 then
    perform segue.raise_malformed('An invite is for an editor or a viewer, for 1 to 365 days.');
  end if;
  if address is not null and (address !~ '^[^@[:space:]]+@[^@[:space:]]+$' or char_length(address) > 320) then
    raise exception using
      errcode = '22023',
      message = 'This is not an e-mail address.',
      hint = 'Check the address, or invite by link.',
      detail = 'malformed';
  end if;
  if (
    select count(*)
    from public.space_invite as open
    where open.space_id = p_space and open.accepted_at is null and open.revoked_at is null and open.expires_at > now()
  ) >= 200 then
    raise exception using
      errcode = 'PT409',
      message = 'There are 200 open invites to this playlist.',
      hint = 'Revoke some of them first.',
      detail = 'too_many_invites';
  end if;
  insert into public.space_invite (space_id, token_hash, role, email, created_by, expires_at)
  values (p_space, segue.hash_of(token), p_role, address, auth.uid(), now() + make_interval(days => p_days))
  returning id into invite_id;
  return jsonb_build_object('id', invite_id, 'token', token);
end
$$;

-- What has become of an invite, for the caller.
create function segue.status_of(p_invite public.space_invite)
returns text
language sql
stable
set search_path = ''
as $$
  select case
    when segue.role_in(p_invite.space_id) is not null then 'member'
    when p_invite.revoked_at is not null then 'revoked'
    when p_invite.accepted_at is not null then 'used'
    when p_invite.expires_at <= now() then 'expired'
    when p_invite.email is not null and p_invite.email is distinct from segue.caller_email() then 'other_address'
    else 'open'
  end
$$;

-- Definer: somebody who holds a token is no member yet.
create function public.invite_preview(p_token text)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
declare
  invite public.space_invite;
  answer jsonb;
begin
  select * into invite from public.space_invite where token_hash = segue.hash_of(coalesce(p_token, ''));
  if not found then
    raise exception using
      errcode = 'PT404',
      message = 'This invite does not exist.',
      hint = 'Check that the link is complete, or ask for a new one.',
      detail = 'unknown_invite';
  end if;
  select jsonb_build_object(
    'spaceName', space.name, 'kind', space.kind, 'role', invite.role,
    'invitedBy', segue.name_of(invite.created_by), 'status', segue.status_of(invite)
  )
  into answer
  from public.space as space
  where space.id = invite.space_id;
  return answer;
end
$$;

-- Makes the caller a member, once. The row is locked: of two who take the same link at once, one is told it is used.
create function segue.accept(p_invite uuid)
returns jsonb
language plpgsql
set search_path = ''
as $$
declare
  invite public.space_invite;
  status text;
  caller_role text;
begin
  select * into invite from public.space_invite where id = p_invite for update;
  caller_role := segue.role_in(invite.space_id);
  status := segue.status_of(invite);

  if status = 'member' then
    if invite.role = 'editor' and caller_role = 'viewer'
      and invite.accepted_at is null and invite.revoked_at is null and invite.expires_at > now()
      and (invite.email is null or invite.email = segue.caller_email())
    then
      update public.space_member set role = 'editor' where space_id = invite.space_id and user_id = auth.uid();
      update public.space_invite set accepted_by = auth.uid(), accepted_at = now() where id = invite.id;
      caller_role := 'editor';
    end if;
    return jsonb_build_object('spaceId', invite.space_id, 'role', caller_role);
  end if;

  if status = 'other_address' then
    raise exception using
      errcode = '42501',
      message = 'This invite is for another e-mail address.',
      hint = 'Sign in with the address it was sent to, or ask the owner to invite this one.',
      detail = 'invite_other_address';
  elsif status <> 'open' then
    raise exception using
      errcode = '22023',
      message = case status
        when 'used' then 'This invite has been used already.'
        when 'expired' then 'This invite has expired.'
        else 'This invite has been withdrawn.'
      end,
      hint = 'Ask the owner of the playlist for a new one.',
      detail = 'invite_' || status;
  end if;

  if (select count(*) from public.space_member where space_id = invite.space_id) >= 500 then
    raise exception using
      errcode = 'PT409',
      message = 'This playlist has 500 members and takes no more.',
      hint = 'Ask the owner to remove somebody first.',
      detail = 'too_many_members';
  end if;

  insert into public.space_member (space_id, user_id, role) values (invite.space_id, auth.uid(), invite.role);
  update public.space_invite set accepted_by = auth.uid(), accepted_at = now() where id = invite.id;
  return jsonb_build_object('spaceId', invite.space_id, 'role', invite.role);
end
$$;

-- Definer: the caller is no member yet.
create function public.accept_invite(p_token text)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
declare
  invite_id uuid;
begin
  select id into invite_id from public.space_invite where token_hash = segue.hash_of(coalesce(p_token, ''));
  if invite_id is null then
    raise exception using
      errcode = 'PT404',
      message = 'This invite does not exist.',
      hint = 'Check that the link is complete, or ask for a new one.',
      detail = 'unknown_invite';
  end if;
  return segue.accept(invite_id);
end
$$;

-- The caller's own invites by e-mail; the address in the token is the one the server has confirmed.
--
-- Definer: the caller is no member yet.
create function public.my_invites()
returns jsonb
language sql
stable
security definer
set search_path = ''
as $$
  select coalesce(
    jsonb_agg(
      jsonb_build_object(
        'id', invite.id, 'spaceName', space.name, 'role', invite.role,
        'invitedBy', segue.name_of(invite.created_by), 'expiresAt', invite.expires_at
      )
      order by invite.created_at
    ),
    '[]'::jsonb
  )
  from public.space_invite as invite
  join public.space as space on space.id = invite.space_id
  where invite.email = segue.caller_email() and segue.status_of(invite) = 'open'
$$;

-- Raises unless the invite is addressed to the caller.
--
-- Definer: the caller is no member yet.
create function segue.require_addressee(p_invite uuid)
returns void
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  if not exists (select from public.space_invite where id = p_invite and email = segue.caller_email()) then
    raise exception using
      errcode = 'PT404',
      message = 'This invite does not exist.',
      hint = 'Ask the owner of the playlist for a new one.',
      detail = 'unknown_invite';
  end if;
end
$$;

-- Definer: the caller is no member yet.
create function public.accept_email_invite(p_invite uuid)
returns jsonb
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform segue.require_addressee(p_invite);
  return segue.accept(p_invite);
end
$$;

-- Definer: the caller may not update invites directly.
create function public.decline_email_invite(p_invite uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform segue.require_addressee(p_invite);
  update public.space_invite set revoked_at = now() where id = p_invite and accepted_at is null and revoked_at is null;
end
$$;

-- Definer: addresses are in auth.users, which members may not read.
create function public.space_members(p_space uuid)
returns jsonb
language plpgsql
stable
security definer
set search_path = ''
as $$
begin
  perform segue.require_role(p_space, 'owner', 'editor', 'viewer');
  return (
    select jsonb_agg(
      jsonb_build_object(
        'userId', member.user_id, 'email', account.email, 'displayName', profile.display_name, 'role', member.role
      )
      order by member.created_at, member.user_id
    )
    from public.space_member as member
    join auth.users as account on account.id = member.user_id
    left join public.profile as profile on profile.user_id = member.user_id
    where member.space_id = p_space
  );
end
$$;

create function public.space_invites(p_space uuid)
returns jsonb
language plpgsql
stable
set search_path = ''
as $$
begin
  perform segue.require_role(p_space, 'owner');
  return (
    select coalesce(
      jsonb_agg(
        jsonb_build_object(
          'id', invite.id, 'email', invite.email, 'role', invite.role, 'expiresAt', invite.expires_at
        )
        order by invite.created_at
      ),
      '[]'::jsonb
    )
    from public.space_invite as invite
    where invite.space_id = p_space
      and invite.accepted_at is null and invite.revoked_at is null and invite.expires_at > now()
  );
end
$$;

-- Definer: owners may not update invites directly.
create function public.revoke_invite(p_invite uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  invited_to uuid;
begin
  select space_id into invited_to from public.space_invite where id = p_invite;
  perform segue.require_role(invited_to, 'owner');
  update public.space_invite set revoked_at = now() where id = p_invite and accepted_at is null and revoked_at is null;
end
$$;

-- Definer: nobody may write to space_member directly.
create function public.set_member_role(p_space uuid, p_user uuid, p_role text)
returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform segue.require_role_alone(p_space, 'owner');
  if p_role is null or p_role not in ('editor', 'viewer') then
    perform segue.raise_malformed('A member is an editor or a viewer.');
  end if;
  if exists (select from public.space_member where space_id = p_space and user_id = p_user and role = 'owner') then
    raise exception using
      errcode = '22023', message = 'The owner stays the owner.', hint = 'Delete the playlist instead, or leave it as it is.',
      detail = 'owner_stays';
  end if;
  update public.space_member set role = p_role where space_id = p_space and user_id = p_user;
end
$$;

-- Definer: nobody may write to space_member directly.
create function public.remove_member(p_space uuid, p_user uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
  if p_user = auth.uid() then
    perform segue.require_role_alone(p_space, 'owner', 'editor', 'viewer');
  else
    perform segue.require_role_alone(p_space, 'owner');
  end if;
  if exists (select from public.space_member where space_id = p_space and user_id = p_user and role = 'owner') then
    raise exception using
      errcode = '22023', message = 'The owner cannot leave.', hint = 'Delete the playlist instead.', detail = 'owner_stays';
  end if;
  delete from public.space_member where space_id = p_space and user_id = p_user;
end
$$;

-- Tells servers that hold channels open that somebody's rights have changed.
create function segue.membership_changed()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  perform pg_notify('segue_membership', coalesce(new.space_id, old.space_id) || ':' || coalesce(new.user_id, old.user_id));
  return null;
end
$$;

create trigger membership_changed
after insert or update or delete on public.space_member
for each row execute function segue.membership_changed();

revoke all on all functions in schema segue from public;
grant execute on function segue.caller_email() to authenticated;

do $$
declare
  signature text;
begin
  foreach signature in array array[
    'invite_to_space(uuid, text, text, integer)', 'invite_preview(text)', 'accept_invite(text)', 'my_invites()',
    'accept_email_invite(uuid)', 'decline_email_invite(uuid)', 'space_members(uuid)', 'space_invites(uuid)',
    'revoke_invite(uuid)', 'set_member_role(uuid, uuid, text)', 'remove_member(uuid, uuid)'
  ] loop
    execute format('revoke all on function public.%s from public, anon', signature);
    execute format('grant execute on function public.%s to authenticated', signature);
  end loop;
end
$$;
