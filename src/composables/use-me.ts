import { useSegue } from 'segue/vue'
import { computed } from 'vue'
import { useSessionStore } from '../stores/session.ts'

/** Who I am to others: the id that rows carry, and the name people see. */
export function useMe() {
  const segue = useSegue()
  const session = useSessionStore()
  const name = computed(() => (session.profile?.kind === 'account' ? session.profile.displayName : 'Me'))
  return { id: segue.profile, name }
}
