-- Who may listen and speak on the Realtime channels of a space:
--   space:<id>            edits: members listen, owners and editors speak
--   space:<id>:awareness  who is here: members listen and speak

-- Definer: runs for people who may turn out to be no members, and reads memberships.
create function segue.role_on_topic(p_topic text)
returns text
language sql
stable
security definer
set search_path = ''
as $$
  select member.role
  from public.space_member as member
  where member.user_id = auth.uid()
    and p_topic in ('space:' || member.space_id, 'space:' || member.space_id || ':awareness')
$$;

revoke all on function segue.role_on_topic(text) from public;
grant execute on function segue.role_on_topic(text) to authenticated;

drop policy if exists "members listen to their spaces" on realtime.messages;
create policy "members listen to their spaces" on realtime.messages
  for select to authenticated
  using (
    extension in ('broadcast', 'presence')
    and segue.role_on_topic((select realtime.topic())) is not null
  );

drop policy if exists "owners and editors speak in their spaces" on realtime.messages;
create policy "owners and editors speak in their spaces" on realtime.messages
  for insert to authenticated
  with check (
    extension = 'broadcast'
    and (
      segue.role_on_topic((select realtime.topic())) in ('owner', 'editor')
      or (
        (select realtime.topic()) like 'space:%:awareness'
        and segue.role_on_topic((select realtime.topic())) is not null
      )
    )
  );

drop policy if exists "members show their presence in their spaces" on realtime.messages;
create policy "members show their presence in their spaces" on realtime.messages
  for insert to authenticated
  with check (
    extension = 'presence'
    and segue.role_on_topic((select realtime.topic())) is not null
  );
