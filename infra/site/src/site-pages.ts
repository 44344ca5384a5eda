import { linked, siteName } from './links.ts'
import { misplaced } from './parts.ts'

/** Markdown by path from the root of the repository. */
export type Pages = ReadonlyMap<string, string>

const LISTED: Readonly<Record<string, string>> = {
  'docs/decisions': 'Decisions',
}

/**
 * Every page of the site: those of the repository, the generated ones, and a list for each folder that pages
 * link to. Paths are still those of the repository.
 *
 * @throws if a page is in no part of the site, or a part names a page that does not exist
 */
export function allSitePages(repository: Pages, generated: Pages): Pages {
  const lists = Object.entries(LISTED).map(([folder, title]): [string, string] => {
    const inside = [...repository].filter(([path]) => path.startsWith(`${folder}/`))
    const items = inside.map(([path, text]) => {
      return `- [${titleOf(text) ?? path}](${path.slice(folder.length + 1)})`
    })
    return [`${folder}/index.md`, `# ${title}\n\n${items.toSorted().join('\n')}\n`]
  })
  const pages = new Map([...repository, ...generated, ...lists])
  const wrong = misplaced([...pages.keys()])
  if (wrong.length > 0) throw new Error(`In no part of the site, or missing: ${wrong.join(', ')}.`)
  return pages
}

/** The files that the site is built from, by their path in it. */
export function siteFiles(pages: Pages): Pages {
  const isPage = (path: string): boolean => pages.has(path)
  const files = [...pages].map(([path, text]): [string, string] => {
    return [siteName(path), linked(path, text, isPage)]
  })
  return new Map(files)
}

/** The first heading of a page. */
export function titleOf(text: string): string | undefined {
  return /^# (.*)$/m.exec(text)?.[1]?.replaceAll('`', '')
}
