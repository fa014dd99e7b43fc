import { liveQuery, Mirror, MirrorDamagedError } from 'segue/bridge'
import { expect, test, vi } from 'vitest'
import { openMirror, sql, withDamage } from '../helpers/mirrors.ts'
import { sampleSchema, thing } from '../helpers/sample-schema.ts'
import { openSpace } from '../helpers/spaces.ts'

async function image() {
  const mirror = openMirror()
  const space = openSpace()
  mirror.attach(space)
  space.insert(thing, { name: 'a' })
  return (await mirror.export(async () => {})) ?? []
}

test('whoever comes upon damage is told what to do, and the owner once', async () => {
  const onDamage = vi.fn()
  const mirror = new Mirror(sql, sampleSchema, [withDamage(await image(), 'thing')], onDamage)
  expect([mirror.damaged, onDamage.mock.calls.length]).toEqual([false, 0])
  expect(() => mirror.query('SELECT * FROM thing')).toThrow(MirrorDamagedError)
  expect(() => mirror.db.select().from(thing).all()).toThrow(/damaged/)
  expect(() => liveQuery(mirror, mirror.db.select().from(thing), () => {})).toThrow(MirrorDamagedError)
  expect([mirror.damaged, onDamage.mock.calls.length]).toEqual([true, 1])
  expect(mirror.query('SELECT count(*) AS count FROM pair')).toEqual([{ count: 0 }])
  expect(() => mirror.query('SELECT wrong')).toThrow(/refused/)
  mirror.destroy()
})

test('bytes that are no database are told to be damaged as well', async () => {
  const onDamage = vi.fn()
  const [first = new Uint8Array(), ...rest] = await image()
  expect(() => new Mirror(sql, sampleSchema, [first.fill(7, 0, 100), ...rest], onDamage)).toThrow(
    MirrorDamagedError,
  )
  expect(onDamage).toHaveBeenCalledOnce()
})
