import fc from 'fast-check'
import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import { isNormalTarget } from './refusals.ts'

describe('a target in its normal form', () => {
  it.each([
    '/',
    '/livez',
    '/oauth/token?audience=payments',
    '/v1/subjects/alice%40acme.example?tenant=acme&iss=https://idp.acme.example',
    '/v1/subjects/https%3A%2F%2Fidp.example%2Falice',
    '/v1/subjects/100%25%20%C3%A9%3B%5C',
    "/v1/changes/a.b-c_d~e!f$g&h'i(j)k*l+m,n=o:p@q",
    '/v1/quarantine/..a',
    '/.well-known/jwks.json',
    '/a/',
    '/a?b=%zz&c=[1]|"x"\\/..//;',
  ])('is accepted: %s', (target) => {
    expect(isNormalTarget(target)).toBe(true)
  })

  it.each([
    ['nothing', ''],
    ['a query alone', '?a=b'],
    ['an asterisk', '*'],
    ['an authority', 'payments:443'],
    ['a whole URL', 'http://payments/livez'],
    ['no slash', 'livez'],
    ['one dot', '/oauth/./token'],
    ['two dots', '/authz/generic/../../livez'],
    ['two dots at the end', '/a/..'],
    ['one dot at the end', '/a/.?b'],
    ['escaped dots', '/authz/generic/%2e%2e/%2e%2e/livez'],
    ['an escaped dot in capitals', '/a/%2E'],
    ['an escaped letter', '/oauth/%74oken'],
    ['an escaped digit', '/%7631'],
    ['an escaped capital', '/%41'],
    ['an escaped tilde', '/%7Ea'],
    ['an escaped underscore', '/%5Fa'],
    ['an escaped hyphen', '/a%2Db'],
    ['an escape in small letters', '/a%2f'],
    ['half an escape', '/a%2'],
    ['a percent sign', '/a%'],
    ['an escaped NUL', '/a%00'],
    ['an escaped line feed', '/a%0A'],
    ['an escaped DEL', '/a%7F'],
    ['an overlong dot', '/a/%C0%AE%C0%AE/'],
    ['an octet that is no UTF-8', '/a%FF'],
    ['a double slash', '/v1//changes'],
    ['a double slash at the start', '//evil/livez'],
    ['a double slash at the end', '/livez//'],
    ['a backslash', '/a\\b'],
    ['a path parameter', '/livez;a=b'],
    ['a fragment', '/livez#a'],
    ['a fragment behind a query', '/livez?a#b'],
    ['a blank', '/a b'],
    ['a tab', '/a\tb'],
    ['a NUL', '/a\0'],
    ['a control character in the query', '/a?\u0001'],
    ['a letter that is not ASCII', '/é'],
    ['an octet of Latin 1 in the query', '/a?é'],
    ['a brace', '/{id}'],
    ['a pipe', '/a|b'],
  ])('is not %s: %s', (_, target) => {
    expect(isNormalTarget(target)).toBe(false)
  })
})

describe('whatever is sent as a target', () => {
  const pieces = fc.constantFrom(
    ...'/ . .. // \\ ; ? # % %2e %2E %2F %2f %25 %5C %00 %74 %C3%A9 %C0%AE : é | @ \t'.split(' '),
    ...'oauth token authz generic livez t'.split(' '),
  )
  const target = fc.oneof(
    fc.array(pieces, { maxLength: 9 }).map((each) => `/${each.join('')}`),
    fc.webPath(),
    fc.string({ unit: 'binary-ascii' }).map((each) => `/${each}`),
  )
  const ROUTES = ['/oauth/token', '/authz/generic', '/livez', '/a/b'] as const

  const app = new Hono()
  for (const route of ROUTES) app.all(route, (c) => c.text(route))
  app.notFound((c) => c.text('none'))
  /** The route that the application finds by the decoded path. */
  const routeOf = async (raw: string): Promise<string> =>
    (await app.request(new Request(`http://host${raw}`))).text()

  it('is the path that a URL parser keeps, and a route where it is that route’s text, or is refused', async () => {
    await fc.assert(
      fc.asyncProperty(target, async (raw) => {
        if (!isNormalTarget(raw)) return
        const [path = ''] = raw.split('?', 1)
        expect(new URL(raw, 'http://host').pathname).toBe(path)
        const isRoute = (ROUTES as readonly string[]).includes(path)
        expect(await routeOf(raw)).toBe(isRoute ? path : 'none')
      }),
      { numRuns: 2_000 },
    )
  })

  it('control: without the rule other texts find a route', async () => {
    for (const raw of ['/oauth/./token', '/oauth/%74oken', '/a/../oauth/token'])
      expect(await routeOf(raw)).toBe('/oauth/token')
  })

  it('names what clients escape: every identifier that `encodeURIComponent` writes, but for controls', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (id) => {
        const isDot = id === '.' || id === '..'
        const hasControl = Array.from(id).some((each) => each < ' ' || each === '\u007f')
        fc.pre(!isDot && !hasControl)
        expect(isNormalTarget(`/v1/subjects/${encodeURIComponent(id)}`)).toBe(true)
      }),
    )
  })
})
