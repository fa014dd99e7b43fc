import { useSegue } from 'segue/vue'
import { computed } from 'vue'
import { useSessionStore } from '../stores/session.ts'

/** Who I am to others: the id that rows carry, the name people see, and which of my devices this is. */
export function useMe() {
  const segue = useSegue()
  const session = useSessionStore()
  const name = computed(() => (session.profile?.kind === 'account' ? session.profile.displayName : 'Me'))
  return { id: segue.profile, device: segue.device, name }
}
