// Puts the saved theme on the page before anything is painted, so that dark never flashes light.
;(() => {
  let saved = null
  try {
    saved = localStorage.getItem('segue-theme')
  } catch {
    // Storage is blocked: the system's theme it is.
  }
  if (saved === 'light' || saved === 'dark') document.documentElement.dataset.theme = saved
})()
