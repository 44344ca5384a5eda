import { describe, expect, it } from 'vitest'
import { refusalResponses } from './refusal-responses.ts'

const codesIn = (response: unknown, type = 'application/problem+json'): readonly string[] =>
  (
    response as {
      content: Record<string, { schema: { properties: { code: { enum: string[] } } } }>
    }
  ).content[type]?.schema.properties.code.enum ?? []

describe('the responses of an OpenAPI document', () => {
  it('name the codes of the surfaces by status, each once', () => {
    const responses = refusalResponses(['service', 'gateway'], { 404: 'Unknown.', 422: 'Wrong.' })
    expect(Object.keys(responses)).toEqual(['404', '422'])
    expect(responses['404']?.description).toBe('Unknown.')
    expect(codesIn(responses['404']).filter((code) => code === 'request.not-found')).toHaveLength(1)
    expect(codesIn(responses['422'])).toEqual(expect.arrayContaining(['event.malformed']))
    expect(codesIn(responses['404'])).not.toContain('login.unknown')
  })

  it('keep the codes of OAuth answers apart from those of problem documents', () => {
    const { 400: malformed } = refusalResponses(['service', 'oauth'], { 400: 'Wrong.' })
    expect(codesIn(malformed, 'application/json')).toContain('grant.invalid')
    expect(codesIn(malformed)).toEqual(['request.malformed'])
  })

  it('are all of the surfaces by default, and have the time of a retry with 429 and 503', () => {
    const responses = refusalResponses(['console'])
    const retried = Object.entries(responses).filter(([, { headers }]) => headers !== undefined)
    expect(retried.map(([status]) => status)).toEqual(['429', '503'])
    expect(Object.keys(responses)).toEqual(expect.arrayContaining(['400', '401', '403', '404']))
  })

  it('control: a status that no code has is an error', () => {
    expect(() => refusalResponses(['console'], { 418: 'A teapot.' })).toThrow(
      'No code of console has HTTP 418.',
    )
  })
})
