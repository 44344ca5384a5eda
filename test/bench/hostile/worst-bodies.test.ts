import { expect, it } from 'vitest'
import { filledForm, filledObject, madeUpJws, manyValues } from './worst-bodies.ts'

it('bodies fill the limit of a door, and can be read', () => {
  for (const bytes of [8_192, 262_144]) {
    const list = manyValues(bytes)
    const object = filledObject(bytes, { name: 'x' }, 'facts')
    for (const text of [list, object, filledForm(bytes, { token: 'x' })]) {
      expect(text.length).toBeLessThanOrEqual(bytes)
      expect(text.length).toBeGreaterThan(bytes - 4)
    }
    expect((JSON.parse(list) as number[]).length).toBe(bytes / 2 - 1)
    expect(JSON.parse(object)).toMatchObject({ name: 'x', facts: expect.any(Array) })
    expect(new URLSearchParams(filledForm(bytes, { token: 'y' })).get('token')).toBe('y')
  }
})

it('a made-up signature has its length, and the content that it is made for', () => {
  const jws = madeUpJws(8_192, { alg: 'ES256', kid: 'k' }, { iss: 'hr' })
  const [header = '', claims = '', signature = ''] = jws.split('.')
  const read = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString())
  expect(jws.length).toBeLessThanOrEqual(8_192)
  expect(read(header)).toEqual({ alg: 'ES256', kid: 'k' })
  expect(read(claims)).toMatchObject({ iss: 'hr' })
  expect(Buffer.from(signature, 'base64url')).toHaveLength(64)
})
