import type { SpaceInfo } from 'segue/vue'

/** Whether edits to a space have a chance: not for viewers, and not once the person is a member no more. */
export const mayEdit = ({ role, revokedAt }: Pick<SpaceInfo, 'role' | 'revokedAt'>): boolean =>
  role !== 'viewer' && revokedAt === undefined
