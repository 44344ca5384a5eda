import { randomBytes } from './random-bytes.ts'
import type { Random } from '../../simulation/random.ts'
import type { Mutator } from './mutator.ts'
import { textOf, type HostileRequest } from '../../requests/request.ts'

type Header = readonly [name: string, value: string]

const TYPES = [
  'application/json',
  'application/cloudevents+json',
  'application/cloudevents-batch+json',
  'application/jose',
  'application/secevent+jwt',
  'application/x-www-form-urlencoded',
  'text/plain',
  'multipart/form-data; boundary=x',
  'application/json; charset=utf-16',
  '/',
  '',
]
const LETTERS = [' ', '\t', ',', ';', '=', '"', '\\', 'é', 'ÿ', '0', 'a', 'Z']
const SURPLUS: readonly Header[] = [
  ['x-http-method-override', 'DELETE'],
  ['content-encoding', 'gzip'],
  ['x-forwarded-for', '127.0.0.1'],
  ['x-original-url', '/v1/cut-offs'],
  ['traceparent', '00-zz-zz-01'],
  ['ce-specversion', '1.0'],
  ['ce-source', 'security'],
  ['ce-id', '%ff%fe'],
  ['ce-type', 'dev.freshet.checkpoint.v1'],
  ['origin', 'null'],
  ['accept', 'image/png'],
]
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'PROPFIND']
const PATH_TAILS = ['/', '//', '%00', '%2e%2e', '/..', ';x=1', '?', '?x=%ff', '#a', '/%c0%ae']

/** Mutations of the request's line, its headers and a form in its body. */
export const httpMutators: readonly Mutator[] = [
  onHeader('a header left out', (headers, at) => headers.filter((_, index) => index !== at)),
  onHeader('a header twice', (headers, at) => [...headers, ...headers.slice(at, at + 1)]),
  onHeader('a header cut short', (headers, at, random) =>
    changed(headers, at, (value) => value.slice(0, random.below(value.length + 1))),
  ),
  onHeader('a header with another letter', (headers, at, random) =>
    changed(headers, at, (value) => {
      const where = random.below(value.length + 1)
      const letter = random.pick(LETTERS)
      return value.slice(0, where) + letter + value.slice(where + 1)
    }),
  ),
  onHeader('a header in capitals', (headers, at) =>
    changed(headers, at, (value) => value.toUpperCase()),
  ),
  onHeader('another scheme of authorization', (headers, at, random) =>
    changed(headers, at, (value) =>
      value.replace(
        /^\w+ +/,
        random.pick(['Basic ', 'bearer ', 'DPoP ', 'Bearer', 'Bearer  ', '']),
      ),
    ),
  ),
  onHeader('a large header', (headers, at) => changed(headers, at, (value) => value.repeat(40))),
  onHeader('another type of body', (headers, _, random) => [
    ...headers.filter(([name]) => name !== 'content-type'),
    ['content-type', random.pick(TYPES)],
  ]),
  onHeader('a surplus header', (headers, _, random) => [...headers, random.pick(SURPLUS)]),
  {
    name: 'another method',
    apply: (request, random) => ({ ...request, method: random.pick(METHODS) }),
  },
  {
    name: 'another path',
    apply: (request, random) => ({ ...request, path: request.path + random.pick(PATH_TAILS) }),
  },
  {
    name: 'a letter of the path',
    apply(request, random) {
      const at = 1 + random.below(request.path.length)
      const text = encodeURIComponent(randomBytes(random, 2).toString('latin1'))
      return { ...request, path: request.path.slice(0, at) + text + request.path.slice(at + 1) }
    },
  },
  onForm('a parameter left out', (pairs, at) => pairs.filter((_, index) => index !== at)),
  onForm('a parameter twice', (pairs, at) => [...pairs, ...pairs.slice(at, at + 1)]),
  onForm('a parameter with another value', (pairs, at, random) =>
    pairs.map((pair, index) => {
      if (index !== at) return pair
      const value = random.pick([
        '',
        '%',
        '%00',
        '%ff',
        'ledger',
        'refresh_token',
        '+',
        '%F0%9F%A7%A8',
      ])
      return `${pair.split('=')[0]}=${value}`
    }),
  ),
  onForm('a surplus parameter', (pairs, _, random) => [
    ...pairs,
    random.pick([
      'scope=admin',
      'audience=ledger',
      'resource=x',
      'actor_token=a.b.c',
      '__proto__=1',
      '=',
      'client_id=other',
    ]),
  ]),
]

function changed(
  headers: readonly Header[],
  at: number,
  change: (value: string) => string,
): readonly Header[] {
  return headers.map(([name, value], index) =>
    index === at ? [name, change(value)] : [name, value],
  )
}

function onHeader(
  name: string,
  change: (headers: readonly Header[], at: number, random: Random) => readonly Header[],
): Mutator {
  return {
    name,
    apply: (request, random) =>
      request.headers.length === 0
        ? undefined
        : {
            ...request,
            headers: change(request.headers, random.below(request.headers.length), random),
          },
  }
}

function onForm(
  name: string,
  change: (pairs: readonly string[], at: number, random: Random) => readonly string[],
): Mutator {
  return {
    name,
    apply(request: HostileRequest, random) {
      const isForm = request.headers.some(([, value]) => value.includes('x-www-form-urlencoded'))
      const pairs = textOf(request).split('&')
      if (!isForm || request.body.length === 0) return undefined
      return {
        ...request,
        body: Buffer.from(change(pairs, random.below(pairs.length), random).join('&')),
      }
    },
  }
}
