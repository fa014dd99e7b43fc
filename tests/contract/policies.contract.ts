import { afterAll, beforeAll, describe, inject } from 'vitest'
import { policyContract } from '../policies/contract.ts'
import { type RestDoor, restDoor } from '../policies/rest-door.ts'
import { makeScene, type Scene } from '../policies/scene.ts'

let door: RestDoor
let scene: Scene

beforeAll(async () => {
  door = await restDoor(inject('backend'))
  scene = await makeScene(door)
})
afterAll(() => door.close())

describe('policies', () => policyContract(() => scene))
