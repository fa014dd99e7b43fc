-- Who a shared space belongs to may change, and its owner may end it for everybody.

-- Makes another member the owner; who was it stays on as an editor.
--
-- Definer: nobody may write to space and space_member directly.
create function public.transfer_space(p_space uuid, p_user uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform segue.require_role_alone(p_space, 'owner');
  if exists (select from public.space where id = p_space and kind = 'library') then
    raise exception using
      errcode = '22023', message = 'A library belongs to its person.', hint = 'Share a playlist instead.', detail = 'owner_stays';
  end if;
  if p_user = auth.uid() then
    return;
  end if;
  if not exists (select from public.space_member where space_id = p_space and user_id = p_user for update) then
    raise exception using
      errcode = '22023',
      message = 'Only a member can become the owner.',
      hint = 'Invite them first.',
      detail = 'not_their_space';
  end if;
  update public.space set owner_id = p_user where id = p_space;
  update public.space_member set role = 'editor' where space_id = p_space and user_id = auth.uid();
  update public.space_member set role = 'owner' where space_id = p_space and user_id = p_user;
end
$$;

-- Deletes a shared space with its log, snapshots, members and invites. Devices keep what they hold until they ask.
--
-- Definer: nobody may delete from space directly.
create function public.delete_space(p_space uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform segue.require_role_alone(p_space, 'owner');
  delete from public.space where id = p_space and kind <> 'library';
  if not found then
    raise exception using
      errcode = '22023',
      message = 'A library goes only with its account.',
      hint = 'Remove its tunes instead, or delete the account.',
      detail = 'owner_stays';
  end if;
end
$$;

revoke all on function public.transfer_space(uuid, uuid) from public, anon;
revoke all on function public.delete_space(uuid) from public, anon;
grant execute on function public.transfer_space(uuid, uuid) to authenticated;
grant execute on function public.delete_space(uuid) to authenticated;
