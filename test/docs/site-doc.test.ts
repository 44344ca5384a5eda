import { describe, expect, it } from 'vitest'
import { addOpenApi as authority } from '../../services/authority/src/openapi.ts'
import { addOpenApi as console } from '../../services/console/src/openapi.ts'
import { addOpenApi as gateway } from '../../services/gateway/src/openapi.ts'
import { addOpenApi as reconciler } from '../../services/reconciler/src/openapi.ts'
import { addOpenApi as sidecar } from '../../services/sidecar/src/openapi.ts'
import { deadLinks } from '../../infra/site/src/links.ts'
import {
  allSitePages,
  cliPage,
  httpPage,
  screensPage,
  siteFiles,
  type OpenApi,
} from '../../infra/site/src/index.ts'
import { commandHelps, programHelp } from '../../packages/cli/src/command-helps.ts'
import { documentOf } from '../setup/document-of.ts'
import { OPERATIONS } from '../requests/corpus.ts'
import { allPages } from './pages.ts'

const documents: Readonly<Record<string, OpenApi>> = {
  authority: documentOf(authority) as OpenApi,
  console: documentOf(console) as OpenApi,
  gateway: documentOf(gateway) as OpenApi,
  reconciler: documentOf(reconciler) as OpenApi,
  sidecar: documentOf(sidecar) as OpenApi,
}
const routes = Object.entries(documents).map(([name, document]): [string, string] => [
  `reference/http/${name}.md`,
  httpPage(document),
])
const commands = await commandHelps()
const cli = cliPage(await programHelp(), commands)
const repository = new Map(allPages().map(({ path, text }) => [path, text]))
const own: readonly (readonly [string, string])[] = [
  ['reference/cli.md', cli],
  ['reference/screens.md', screensPage([])],
]
const site = siteFiles(allSitePages(repository, new Map([...routes, ...own])))

describe('the documentation site', () => {
  it.each([...site.keys()])('%s has only links that lead somewhere', (path) => {
    expect(deadLinks(path, site)).toEqual([])
  })

  it('control: a link to a missing heading is found', () => {
    const broken = new Map([...site, ['docs/keys.md', '# Keys\n\n[x](audit.md#made-up)\n']])
    expect(deadLinks('docs/keys.md', broken)).toEqual(['audit.md#made-up'])
  })

  it('has every command with its help', () => {
    expect(commands.length).toBeGreaterThan(40)
    for (const { words, help } of commands) {
      expect(cli).toContain(`## freshet ${words}\n`)
      expect(help).toContain(`Usage: freshet ${words}`)
    }
  })

  it.each(Object.entries(OPERATIONS))('has every route of %s', (service, guards) => {
    const page = site.get(`reference/http/${service}.md`) ?? ''
    const missing = Object.keys(guards).filter((route) => !page.includes(`## ${route}\n`))
    expect(missing).toEqual([])
  })
})
