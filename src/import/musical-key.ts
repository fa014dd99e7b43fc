const MODES: Readonly<Record<string, string>> = {
  '': 'major',
  maj: 'major',
  ion: 'major',
  m: 'minor',
  min: 'minor',
  aeo: 'minor',
  dor: 'dorian',
  mix: 'mixolydian',
  phr: 'phrygian',
  lyd: 'lydian',
  loc: 'locrian',
}

/** “Edor”, “E Dorian” → “E dorian”, as the app names keys; what is no such key stays as it is written. */
export function modeName(key: string): string | undefined {
  const plain = key.trim()
  const [, tonic, accidental = '', word = ''] = /^([A-G])([#b♯♭]?)\s*([A-Za-z]*)/.exec(plain) ?? []
  if (tonic === undefined) return plain || undefined
  const short = word.toLowerCase()
  const mode = MODES[short.length < 3 ? short : short.slice(0, 3)]
  const sign = accidental === 'b' ? '♭' : accidental === '#' ? '♯' : accidental
  // “D clef=treble” is D major with something about the staff.
  if (mode === undefined) return plain.includes('=') ? `${tonic}${sign} major` : plain
  return `${tonic}${sign} ${mode}`
}
