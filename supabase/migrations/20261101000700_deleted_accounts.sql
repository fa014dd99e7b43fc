-- When an account is deleted its library goes with it; a shared space goes to the member who has edited longest.

-- Definer: runs as whoever deletes accounts, and writes what nobody may write directly.
create function segue.hand_over_spaces()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  orphan record;
begin
  for orphan in
    select
      space.id,
      (
        select member.user_id
        from public.space_member as member
        where member.space_id = space.id and member.role = 'editor'
        order by member.created_at, member.user_id
        limit 1
      ) as heir
    from public.space as space
    where space.owner_id = old.id and space.kind <> 'library'
  loop
    continue when orphan.heir is null;
    update public.space set owner_id = orphan.heir where id = orphan.id;
    update public.space_member set role = 'owner' where space_id = orphan.id and user_id = orphan.heir;
  end loop;
  return old;
end
$$;

revoke all on function segue.hand_over_spaces() from public;

create trigger hand_over_spaces
before delete on auth.users
for each row execute function segue.hand_over_spaces();
