import { siteName } from './links.ts'
import { pagesOf, PARTS, type Part } from './parts.ts'
import { titleOf, type Pages } from './site-pages.ts'

/** An entry of the navigation. */
interface Entry {
  readonly text: string
  readonly link?: string
  readonly collapsed?: boolean
  readonly items?: readonly Entry[]
}

/** The settings of VitePress. The site loads nothing from another host: fonts and search are its own. */
export function siteConfig(pages: Pages, outDir: string): object {
  return {
    title: 'Freshet',
    description: 'Keeps the entitlement claims inside access tokens fresh',
    outDir,
    lastUpdated: false,
    ignoreDeadLinks: false,
    themeConfig: {
      search: { provider: 'local' },
      outline: [2, 3],
      nav: PARTS.map((part) => ({ text: part.title, link: firstOf(part, pages) })),
      sidebar: PARTS.map((part) => partEntry(part, pages)),
    },
  }
}

function firstOf({ groups }: Part, pages: Pages): string {
  const [group] = groups
  const [page = ''] = group === undefined ? [] : pagesOf(group, [...pages.keys()])
  return linkOf(page)
}

function partEntry({ title, groups }: Part, pages: Pages): Entry {
  const entries = groups.map((group) => ({
    text: group.title,
    collapsed: true,
    items: pagesOf(group, [...pages.keys()]).map((path) => pageEntry(path, pages)),
  }))
  const [only] = entries
  const items = entries.length === 1 && only !== undefined ? only.items : entries
  return { text: title, collapsed: false, items }
}

function pageEntry(path: string, pages: Pages): Entry {
  return { text: titleOf(pages.get(path) ?? '') ?? path, link: linkOf(path) }
}

function linkOf(path: string): string {
  return `/${siteName(path).replace(/(?:index)?\.md$/, '')}`
}
