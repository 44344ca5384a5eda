import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { build } from 'vitepress'
import { apiPages } from '../site/dist/api-pages.js'
import {
  allSitePages,
  cliPage,
  deadLinks,
  httpPage,
  ROOT_PAGES,
  screensPage,
  siteConfig,
  siteFiles,
} from '../site/dist/index.js'
import { openApiOf, SERVICES } from './openapi-of.mjs'

/** The folder in which the browser suite leaves its pictures. */
export const SCREENS = join('test', 'browser', 'results')

/** VitePress slugifies headings in its own way. Links of the pages use that of repositories. */
const CONFIG = `import { anchorOf, SEARCH, searched } from '../../index.js'

const config = CONFIG
config.themeConfig.search.options = {
  _render: (text, env, markdown) => searched(env.relativePath, markdown.render(text, env)),
  miniSearch: { searchOptions: SEARCH },
}
export default { ...config, markdown: { attrs: { disable: true }, anchor: { slugify: anchorOf } } }
`

/** Builds the site from the pages of the repository and the generated ones. Returns its folder. */
export async function buildSite(root) {
  const site = join(root, 'docs', '.site')
  const work = join(root, 'infra', 'site', 'dist', 'pages')
  const api = await apiPages(root, join(root, 'infra', 'site', 'dist', 'api'))
  const screens = join(root, SCREENS)
  const pictures = existsSync(screens) ? await filesBelow(screens, '.png') : []
  const own = [...(await generatedPages()), ['reference/screens.md', screensPage(pictures)]]
  const generated = new Map([...own, ...api])
  const pages = allSitePages(await repositoryPages(root), generated)
  const files = siteFiles(pages)
  const dead = [...files.keys()].flatMap((path) =>
    deadLinks(path, files).map((link) => `${path}: ${link}`),
  )
  if (dead.length > 0) throw new Error(`Links that lead nowhere:\n${dead.join('\n')}`)
  await rm(work, { recursive: true, force: true })
  for (const [path, text] of files) await write(join(work, path), text)
  for (const ending of ['.svg', '.png'])
    for (const file of await filesBelow(join(root, 'docs'), ending))
      await cp(join(root, 'docs', file), join(work, 'docs', file))
  for (const file of pictures)
    await cp(join(screens, file), join(work, 'reference', 'screens', file))
  const config = JSON.stringify(siteConfig(pages, site), null, 2)
  await write(
    join(work, '.vitepress', 'config.mjs'),
    CONFIG.replace(' CONFIG', () => ` ${config}`),
  )
  await build(work)
  return site
}

async function repositoryPages(root) {
  const inDocs = (await filesBelow(join(root, 'docs'), '.md')).map((file) => `docs/${file}`)
  const workspaces = ['packages', 'services', 'infra'].map(async (folder) => {
    const names = await readdir(join(root, folder))
    return names.map((name) => `${folder}/${name}/README.md`)
  })
  const readmes = (await Promise.all(workspaces))
    .flat()
    .filter((file) => existsSync(join(root, file)))
  const read = async (path) => [path, await readFile(join(root, path), 'utf8')]
  return new Map(await Promise.all([...ROOT_PAGES, ...inDocs, ...readmes].map(read)))
}

/** The pages that the product writes about itself: its commands with their help, and its routes. */
async function generatedPages() {
  const { commandHelps, programHelp } = await import('../../packages/cli/dist/command-helps.js')
  const pages = [['reference/cli.md', cliPage(await programHelp(), await commandHelps())]]
  for (const name of SERVICES) {
    pages.push([`reference/http/${name}.md`, httpPage(await openApiOf(name))])
  }
  return new Map(pages)
}

async function filesBelow(folder, ending) {
  const files = await readdir(folder, { recursive: true })
  return files.filter((file) => file.endsWith(ending) && !file.startsWith('.'))
}

async function write(file, text) {
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, text)
}
