import { describe, expect, it } from 'vitest'
import type { OperationRefusals } from './operation.ts'
import { oauthErrorForm } from './problem-form.ts'
import { refusalResponses } from './refusal-responses.ts'

const of = (surfaces: OperationRefusals['surfaces'], meanings?: OperationRefusals['meanings']) =>
  refusalResponses({ name: 'Test', surfaces, ...(meanings && { meanings }) }, (schema) => ({
    $ref: schema === oauthErrorForm ? 'oauth' : 'problem',
  }))

interface Narrowed {
  readonly allOf: readonly [
    { readonly $ref: string },
    { readonly properties: { readonly code: { readonly enum: readonly string[] } } },
  ]
}

const schemaIn = (response: unknown, type = 'application/problem+json') =>
  (response as { content: Record<string, { schema: Narrowed }> }).content[type]?.schema
const codesIn = (response: unknown, type?: string): readonly string[] =>
  schemaIn(response, type)?.allOf[1].properties.code.enum ?? []

describe('the responses of an OpenAPI document', () => {
  it('name the codes of the surfaces by status, each once', () => {
    const responses = of(['service', 'gateway'], { 404: 'Unknown.', 422: 'Wrong.' })
    expect(Object.keys(responses)).toEqual(['404', '422'])
    expect(responses['404']?.description).toBe('Unknown.')
    expect(codesIn(responses['404']).filter((code) => code === 'request.not-found')).toHaveLength(1)
    expect(codesIn(responses['422'])).toEqual(expect.arrayContaining(['event.malformed']))
    expect(codesIn(responses['404'])).not.toContain('login.unknown')
  })

  it('keep the codes of OAuth answers apart from those of problem documents', () => {
    const { 400: malformed } = of(['service', 'oauth'], { 400: 'Wrong.' })
    expect(codesIn(malformed, 'application/json')).toContain('grant.invalid')
    expect(codesIn(malformed)).toEqual(['request.malformed'])
    expect(schemaIn(malformed)?.allOf[0]).toEqual({ $ref: 'problem' })
    expect(schemaIn(malformed, 'application/json')?.allOf[0]).toEqual({ $ref: 'oauth' })
  })

  it('are all of the surfaces by default, and have the time of a retry with 429 and 503', () => {
    const responses = of(['console'])
    const retried = Object.entries(responses).filter(([, { headers }]) => headers !== undefined)
    expect(retried.map(([status]) => status)).toEqual(['429', '503'])
    expect(Object.keys(responses)).toEqual(expect.arrayContaining(['400', '401', '403', '404']))
  })

  it('control: a status that no code has is an error', () => {
    expect(() => of(['console'], { 418: 'A teapot.' })).toThrow('No code of console has HTTP 418.')
  })
})
