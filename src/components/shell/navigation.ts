import { Download, ListMusic, Music2, Settings, Trash2 } from '@lucide/vue'
import type { Component } from 'vue'

export interface Place {
  readonly to: string
  readonly label: string
  readonly icon: Component
}

export const MAIN_PLACES: readonly Place[] = [
  { to: '/library', label: 'Library', icon: Music2 },
  { to: '/playlists', label: 'Playlists', icon: ListMusic },
]

export const IMPORT_PLACE: Place = { to: '/import', label: 'Import', icon: Download }
export const SETTINGS_PLACE: Place = { to: '/settings', label: 'Settings', icon: Settings }
export const TRASH_PLACE: Place = { to: '/trash', label: 'Trash', icon: Trash2 }
