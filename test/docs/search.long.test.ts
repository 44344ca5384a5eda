import { execFile } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import MiniSearch from 'minisearch'
import { beforeAll, describe, expect, it } from 'vitest'
import { SEARCH } from '../../infra/site/src/index.ts'
import { ROOT } from '../architecture/pack.ts'
import { readPage } from './pages.ts'

/** Each question with the pages of which one must be the first answer. */
const QUESTIONS: readonly (readonly [string, RegExp])[] = [
  ['introduction', /^\/docs\/concepts/],
  ['compare with introspection', /^\/docs\/features/],
  ['install', /^\/docs\/(?:production|kubernetes)/],
  ['helm', /^\/docs\/kubernetes/],
  ['docker compose', /^\/infra\/compose/],
  ['kafka acl', /^\/docs\/kafka/],
  ['upgrade', /^\/docs\/upgrade/],
  ['restore backup', /^\/docs\/recovery/],
  ['rotate keys', /^\/docs\/keys/],
  ['performance', /^\/docs\/sizing/],
  ['revoke a user', /^\/docs\/change-events/],
  ['disable account', /^\/docs\/change-events/],
  ['scim', /^\/docs\/scim/],
  ['FreshetServiceDown', /^\/docs\/runbooks\/services\S*#freshetservicedown$/],
  ['okta groups', /^\/docs\/providers/],
  ['503', /^\/docs\/(?:errors|faq|troubleshooting)/],
  ['why is my token unverified', /^\/docs\/(?:errors|faq|troubleshooting)/],
  ['express', /^\/docs\/frameworks/],
  ['fastapi', /^\/docs\/python/],
  ['websocket', /^\/docs\/(?:sdk|frameworks)/],
  ['nginx', /^\/services\/sidecar/],
  ['break glass', /^\/docs\/routes/],
  ['roll out', /^\/docs\/rollout/],
  ['multi tenant', /^\/docs\/model/],
  ['gdpr delete user', /^\/docs\/retention/],
  ['threat model', /^\/SECURITY/],
]

/** The index of the built site, with the settings of its search box. */
let index: MiniSearch

beforeAll(async () => {
  await promisify(execFile)(process.execPath, [join(ROOT, 'infra/run/docs.mjs')], { cwd: ROOT })
  const chunks = join(ROOT, 'docs/.site/assets/chunks')
  const name = (await readdir(chunks)).find((each) => each.startsWith('@localSearchIndex')) ?? ''
  const built = (await import(pathToFileURL(join(chunks, name)).href)) as { default: string }
  index = load(built.default, SEARCH)
}, 300_000)

function load(json: string, own: object): MiniSearch {
  const searchOptions = { fuzzy: 0.2, prefix: true, ...own }
  const fields = ['title', 'titles', 'text']
  return MiniSearch.loadJSON(json, { fields, storeFields: ['title', 'titles'], searchOptions })
}

describe('the search of the site', () => {
  it.each(QUESTIONS)('“%s” finds its page first', (question, page) => {
    const [first] = index.search(question)
    expect(first?.id).toMatch(page)
  })

  it('leaves out exports of packages and measurements', () => {
    const found = index.search('edge').map(({ id }) => String(id))
    expect(found.filter((id) => /^\/(?:reference\/api|docs\/benchmarks)/.test(id))).toEqual([])
    expect(found.length).toBeGreaterThan(10)
  })

  it('leaves the figures of a page out, and finds the rest of the page', () => {
    const { text } = readPage('docs/sizing.md')
    const [, commit = ''] = /^Commit `(\w{40})`/m.exec(text) ?? []
    expect(commit).not.toBe('')
    expect(index.search(commit, { fuzzy: false })).toEqual([])
    expect(index.search('statement.10m').map(({ id }) => String(id))).toContain(
      '/docs/sizing.html#at-size',
    )
  })
})
