/** Where one writes on a device of one's own, seen from here; nothing where nobody has said which it was. */
export function deviceWords(device: string, here: string): string {
  if (device === '') return ''
  return device === here ? 'on this device' : 'on another device'
}

/**
 * Where one person has written two values, so that they can be told apart. A device has a number and no name, so other
 * people's are merely different.
 *
 * @param here  this device, when that person is sitting at it
 */
export function devicesApart(first: string, second: string, here: string | undefined): [string, string] {
  const areTwo = first !== '' && second !== '' && first !== second
  if (here === undefined) return areTwo ? ['on one device', 'on another device'] : ['', '']
  const isThird = areTwo && first !== here && second !== here
  return [deviceWords(first, here), isThird ? 'on a third device' : deviceWords(second, here)]
}

/** A name within a sentence. */
export const inSentence = (name: string): string =>
  name.replace(/^You(?=$| on (this|another) device$)/, 'you')
