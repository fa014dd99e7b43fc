// Puts the theme on the page before anything is painted, so that dark never flashes light: the saved one, or the system's.
;(() => {
  let saved = null
  try {
    saved = localStorage.getItem('segue-theme')
  } catch {
    // Storage is blocked: the system's theme it is.
  }
  const system = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'
  document.documentElement.dataset.theme = saved === 'light' || saved === 'dark' ? saved : system
})()
