import { expect, it } from 'vitest'
import { pageOfShort } from './route.ts'

it.each([
  ['/subjects/alice', '/explain?q=alice'],
  ['/subjects/a%40b.example', '/explain?q=a%40b.example'],
  ['/edges/sidecar:2', '/edges?edge=sidecar%3A2'],
  ['/changes/hr-1', '/explain?change=hr-1'],
  ['/slos/coverage-15m', '/slos?slo=coverage-15m'],
  ['/edges', undefined],
  ['/edges/', undefined],
  ['/edges/a/b', undefined],
  ['/subjects/%', undefined],
  ['/constructor/x', undefined],
  ['/nothing/x', undefined],
])('%s is the address of %s', (path, page) => {
  expect(pageOfShort(path)).toBe(page)
})
