/**
 * Who may do what: one promise per line, for the embedded backend and for a real Postgres. A policy that is loosened
 * or tightened shows here and nowhere else.
 *
 * A removed member was an editor until a moment ago.
 */
export const ACTORS = ['anon', 'stranger', 'removed', 'viewer', 'editor', 'owner'] as const
export type Actor = (typeof ACTORS)[number]
export type Person = Exclude<Actor, 'anon'>

/** What comes of an attempt, for each actor. */
export type Verdicts = Readonly<Record<Actor, string>>

export interface Promised {
  readonly subject: string
  readonly action: string
  readonly verdicts: Verdicts
}

// `rows` and `none`: how much is seen. `done` and `none`: whether anything changed. `refused`: not even tried.
export const TABLE_PROMISES = promised(`
                               anon     stranger  removed  viewer   editor   owner
  profile-own        insert    refused  done      done     done     done     done
  profile-own        select    refused  rows      rows     rows     rows     rows
  profile-own        update    refused  done      done     done     done     done
  profile-own        delete    refused  refused   refused  refused  refused  refused
  profile-of-owner   insert    refused  refused   refused  refused  refused  23505
  profile-of-owner   select    refused  none      none     rows     rows     rows
  profile-of-owner   update    refused  none      none     none     none     done
  profile-of-owner   delete    refused  refused   refused  refused  refused  refused
  space              select    refused  none      none     rows     rows     rows
  space              insert    refused  refused   refused  refused  refused  refused
  space              update    refused  none      none     none     none     done
  space              delete    refused  refused   refused  refused  refused  refused
  space-head         update    refused  refused   refused  refused  refused  refused
  space-owner        update    refused  refused   refused  refused  refused  refused
  space_member       select    refused  none      none     rows     rows     rows
  space_member       insert    refused  refused   refused  refused  refused  refused
  space_member       update    refused  refused   refused  refused  refused  refused
  space_member       delete    refused  refused   refused  refused  refused  refused
  space_update       select    refused  none      none     rows     rows     rows
  space_update       insert    refused  refused   refused  refused  refused  refused
  space_update       update    refused  refused   refused  refused  refused  refused
  space_update       delete    refused  refused   refused  refused  refused  refused
  space_snapshot     select    refused  none      none     rows     rows     rows
  space_snapshot     insert    refused  refused   refused  refused  refused  refused
  space_snapshot     update    refused  refused   refused  refused  refused  refused
  space_snapshot     delete    refused  refused   refused  refused  refused  refused
  space_invite       select    refused  none      none     none     none     rows
  space_invite       insert    refused  refused   refused  refused  refused  refused
  space_invite       update    refused  refused   refused  refused  refused  refused
  space_invite       delete    refused  refused   refused  refused  refused  refused
  space_invite-hash  select    refused  refused   refused  refused  refused  refused
`)

// `done`, or the word the function gives for its refusal.
export const FUNCTION_PROMISES = promised(`
                               anon     stranger        removed         viewer          editor          owner
  create_space           call  refused  done            done            done            done            done
  my_spaces              call  refused  done            done            done            done            done
  pull_updates           call  refused  not_a_member    not_a_member    done            done            done
  pull_log               call  refused  not_a_member    not_a_member    done            done            done
  push_updates           call  refused  not_a_member    not_a_member    forbidden       done            done
  exchange_updates       call  refused  not_a_member    not_a_member    forbidden       done            done
  read_snapshot          call  refused  not_a_member    not_a_member    done            done            done
  write_snapshot         call  refused  not_a_member    not_a_member    forbidden       done            done
  space_moments          call  refused  not_a_member    not_a_member    done            done            done
  read_checkpoint        call  refused  not_a_member    not_a_member    done            done            done
  space_members          call  refused  not_a_member    not_a_member    done            done            done
  space_invites          call  refused  not_a_member    not_a_member    forbidden       forbidden       done
  invite_to_space        call  refused  not_a_member    not_a_member    forbidden       forbidden       done
  revoke_invite          call  refused  not_a_member    not_a_member    forbidden       forbidden       done
  set_member_role        call  refused  not_a_member    not_a_member    forbidden       forbidden       done
  remove_member          call  refused  not_a_member    not_a_member    forbidden       forbidden       done
  transfer_space         call  refused  not_a_member    not_a_member    forbidden       forbidden       done
  delete_space           call  refused  not_a_member    not_a_member    forbidden       forbidden       done
  my_invites             call  refused  done            done            done            done            done
  invite_preview         call  refused  done            done            done            done            done
  accept_invite          call  refused  unknown_invite  unknown_invite  unknown_invite  unknown_invite  unknown_invite
  accept_email_invite    call  refused  unknown_invite  unknown_invite  unknown_invite  unknown_invite  unknown_invite
  decline_email_invite   call  refused  unknown_invite  unknown_invite  unknown_invite  unknown_invite  unknown_invite
  spaces_to_compact      call  refused  refused         refused         refused         refused         refused
  compaction_base        call  refused  refused         refused         refused         refused         refused
  compaction_tail        call  refused  refused         refused         refused         refused         refused
  write_worker_snapshot  call  refused  refused         refused         refused         refused         refused
  begin_epoch            call  refused  refused         refused         refused         refused         refused
  purge_log              call  refused  refused         refused         refused         refused         refused
  thin_history           call  refused  refused         refused         refused         refused         refused
`)

export const TOPIC_PROMISES = promised(`
                                   anon  stranger  removed  viewer  editor  owner
  space:<id>            listen     no    no        no       yes     yes     yes
  space:<id>            speak      no    no        no       no      yes     yes
  space:<id>            be-seen    no    no        no       yes     yes     yes
  space:<id>:awareness  listen     no    no        no       yes     yes     yes
  space:<id>:awareness  speak      no    no        no       yes     yes     yes
  space:<id>:awareness  be-seen    no    no        no       yes     yes     yes
  space:<id>:else       listen     no    no        no       no      no      no
  space:<id>:else       speak      no    no        no       no      no      no
  space:<id>:else       be-seen    no    no        no       no      no      no
  space:<other>         listen     no    no        no       no      no      no
  space:<other>         speak      no    no        no       no      no      no
  <id>                  listen     no    no        no       no      no      no
  <id>                  speak      no    no        no       no      no      no
`)

function promised(table: string): readonly Promised[] {
  const [header = '', ...lines] = table.trim().split('\n')
  const actors = words(header)
  if (actors.join() !== ACTORS.join()) throw new Error(`The columns are not the actors: ${header}`)
  return lines.map((line) => {
    const [subject, action, ...cells] = words(line)
    const [anon, stranger, removed, viewer, editor, owner, ...more] = cells
    if (!subject || !action || !anon || !stranger || !removed || !viewer || !editor || !owner || more.length)
      throw new Error(`Not a promise: ${line}`)
    return { subject, action, verdicts: { anon, stranger, removed, viewer, editor, owner } }
  })
}

function words(line: string): string[] {
  return line.trim().split(/\s+/)
}
