interface ImportMetaEnv {
  /** Supabase project to use; without it the app asks its own origin for /segue-config.json. */
  readonly VITE_SUPABASE_URL?: string
  readonly VITE_SUPABASE_ANON_KEY?: string
}
