-- The roles that Supabase's API acts as, where they are missing, and nothing granted to them by default.

do $$
declare
  role_name text;
begin
  foreach role_name in array array['anon', 'authenticated', 'service_role'] loop
    if not exists (select from pg_catalog.pg_roles where rolname = role_name) then
      execute format('create role %I nologin noinherit', role_name);
    end if;
  end loop;
end
$$;

grant usage on schema public to anon, authenticated, service_role;

-- Policies and security invoker functions call auth.uid() and auth.jwt() as these roles.
do $$
begin
  grant usage on schema auth to anon, authenticated, service_role;
exception
  -- Hosted projects own the schema `auth` and have granted this already.
  when insufficient_privilege then null;
end
$$;

-- Postgres lets everybody execute a new function; here each grant is said. Without naming a schema: what holds for
-- all of them cannot be taken back for one.
alter default privileges revoke execute on functions from public;
alter default privileges in schema public revoke execute on functions from anon, authenticated;
alter default privileges in schema public revoke all on tables from anon, authenticated;

-- Functions that policies use, out of reach of the API.
create schema segue;
grant usage on schema segue to authenticated;
