import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cleanText, decodeText, undoDoubleEncoding } from '../../src/import/decode.ts'

const latin1 = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0))
const utf16 = (text: string, littleEndian: boolean) => {
  const view = new DataView(new ArrayBuffer(text.length * 2))
  for (let index = 0; index < text.length; index++)
    view.setUint16(index * 2, text.charCodeAt(index), littleEndian)
  return new Uint8Array(view.buffer)
}
const joined = (...parts: Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]))
const utf8 = (text: string) => new TextEncoder().encode(text)

describe('bytes of unknown encoding', () => {
  it.each([
    ['UTF-8', utf8('Seán Ó Riada – “Mná”')],
    ['UTF-8 with a mark', joined(Uint8Array.of(0xef, 0xbb, 0xbf), utf8('Seán Ó Riada – “Mná”'))],
    ['UTF-16, little end first', utf16('\ufeffSeán Ó Riada – “Mná”', true)],
    ['UTF-16, big end first', utf16('\ufeffSeán Ó Riada – “Mná”', false)],
  ])('%s', (_name, bytes) => {
    expect(decodeText(bytes)).toBe('Seán Ó Riada – “Mná”')
  })

  it('UTF-16 without a mark is seen by its zeros', () => {
    expect(decodeText(utf16('id,title\n1,Seán', true))).toBe('id,title\n1,Seán')
    expect(decodeText(utf16('id,title\n1,Seán', false))).toBe('id,title\n1,Seán')
  })

  it('Windows-1252 has its curly quotes and dashes', () => {
    expect(decodeText(joined(Uint8Array.of(0x93), latin1('Se\u00e1n'), Uint8Array.of(0x94, 0x96)))).toBe(
      '“Seán”–',
    )
  })

  it('a file that mixes both is read line by line', () => {
    const mixed = joined(utf8('1,Seán\n'), latin1('2,Se\u00e1n\n'), utf8('3,Mná'))
    expect(decodeText(mixed)).toBe('1,Seán\n2,Seán\n3,Mná')
  })

  it('whatever is valid UTF-8 comes back as it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        fc.pre(!text.startsWith('\ufeff') && !text.includes('\u0000'))
        expect(decodeText(utf8(text))).toBe(text)
      }),
    )
  })
})

describe('text that was encoded twice', () => {
  it.each([
    ['SeÃ¡n Ã“ Riada', 'Seán Ó Riada'],
    ['Cooleyâ€™s', 'Cooley’s'],
    ['MnÃ¡', 'Mná'],
  ])('%s is %s', (broken, meant) => {
    expect(undoDoubleEncoding(broken)).toBe(meant)
  })

  it.each(['Seán', 'Ã la carte', 'naïve', '日本', 'E♭', 'Ça ira', '“Mná”'])(
    '%s was meant as it is',
    (text) => {
      expect(undoDoubleEncoding(text)).toBe(text)
    },
  )

  it('is undone for Irish text, and for none that is whole', () => {
    const windows1252 = new TextDecoder('windows-1252')
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z áéíóúÁÉÍÓÚ’–]{1,30}$/), (text) => {
        expect(undoDoubleEncoding(windows1252.decode(utf8(text)))).toBe(text)
        expect(undoDoubleEncoding(text)).toBe(text)
      }),
    )
  })
})

describe('clean text', () => {
  it('is composed, has plain line ends, and neither control characters nor half an emoji', () => {
    expect(cleanText('  Sea\u0301n\r\nB\u0007\rC\ud83d ')).toBe('Seán\nB\nC\ufffd')
  })

  it('stays as it is when it is cleaned again', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (raw) => {
        const once = cleanText(raw)
        expect(cleanText(once)).toBe(once)
      }),
    )
  })
})
