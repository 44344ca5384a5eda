import { expect, it } from 'vitest'
import { healthServices } from './health-settings.ts'

const problemsOf = (text: string): readonly string[] | undefined =>
  healthServices.safeParse(text).error?.issues.map(({ message }) => message)

it('reads names and addresses of services', () => {
  const text = 'gateway=http://127.0.0.1:7070, sidecar:2=https://edge.test/x?zone=a'
  expect(healthServices.parse(text)).toEqual(
    new Map([
      ['gateway', 'http://127.0.0.1:7070'],
      ['sidecar:2', 'https://edge.test/x?zone=a'],
    ]),
  )
})

it.each([
  ['', /^entry 1 has no name/],
  ['a b=http://x', /^entry 1 has no name/],
  ['gateway=http://x,=http://y', /^entry 2 has no name/],
  ['gateway', /gateway is no http or https URL/],
  ['gateway=', /gateway is no http or https URL/],
  ['gateway=file:///etc/passwd', /gateway is no http or https URL/],
  ['gateway=http://ann:secret@x', /gateway contains credentials/],
  ['gateway=http://x,gateway=http://y', /has gateway twice/],
  [Array.from({ length: 51 }, (_, n) => `s${n}=http://x`).join(','), /more than 50 services/],
])('refuses %j', (text, problem) => {
  const problems = problemsOf(text)
  expect(problems).toEqual([expect.stringMatching(problem)])
  expect(problems?.join()).not.toMatch(/secret|passwd/)
})
