/** A group of pages in the sidebar. An entry that ends with `/` is every page of that folder. */
export interface Group {
  readonly title: string
  readonly pages: readonly string[]
}

/** A part of the site. */
export interface Part {
  readonly title: string
  readonly groups: readonly Group[]
}

/** The four parts in their order, by hand. A page that no part has is an error of the build. */
export const PARTS: readonly Part[] = [
  {
    title: 'Start',
    groups: [
      {
        title: 'Start',
        pages: [
          'README.md',
          'docs/README.md',
          ...['concepts', 'tutorial', 'rollout', 'features'].map(inDocs),
          ...['faq', 'glossary'].map(inDocs),
        ],
      },
    ],
  },
  {
    title: 'Guides',
    groups: [
      {
        title: 'Sources and policy',
        pages: ['model', 'sources', 'connect', 'outbox', 'scim', 'change-events', 'policy'].map(
          inDocs,
        ),
      },
      {
        title: 'Services',
        pages: [
          ...[
            'token-libraries',
            'sdk',
            'frameworks',
            'java',
            'go',
            'python',
            'testing',
            'minting',
            'routes',
            'providers',
            'foreign',
            'api',
          ].map(inDocs),
          'services/sidecar/README.md',
        ],
      },
      {
        title: 'Operation',
        pages: [
          'production',
          'sizing',
          'kubernetes',
          'postgres',
          'kafka',
          'keys',
          'upgrade',
          'recovery',
          'quarantine',
          'console',
          'command-line',
          'slos',
        ].map(inDocs),
      },
      {
        title: 'Evidence',
        pages: ['health', 'audit'].map(inDocs),
      },
      { title: 'Runbooks', pages: ['docs/runbooks/'] },
      { title: 'Contributing', pages: ['CONTRIBUTING.md', 'STYLE.md', 'CHANGELOG.md'] },
    ],
  },
  {
    title: 'Inside',
    groups: [
      { title: 'Architecture', pages: ['ARCHITECTURE.md', 'SECURITY.md'] },
      { title: 'Protocol', pages: ['docs/protocol/'] },
      { title: 'Measurement', pages: ['simulation', 'benchmarks'].map(inDocs) },
      { title: 'Decisions', pages: ['docs/decisions/'] },
    ],
  },
  {
    title: 'Reference',
    groups: [
      {
        title: 'Reference',
        pages: ['configuration', 'registry', 'errors', 'metrics', 'evidence', 'retention'].map(
          inDocs,
        ),
      },
      { title: 'Command line', pages: ['reference/cli.md'] },
      { title: 'Console', pages: ['reference/screens.md'] },
      { title: 'HTTP', pages: ['reference/http/'] },
      { title: 'API', pages: ['reference/api/'] },
      { title: 'Packages', pages: ['packages/', 'services/', 'infra/'] },
    ],
  },
]

function inDocs(name: string): string {
  return `docs/${name}.md`
}

/** The pages of a group, among those that exist. */
export function pagesOf(group: Group, paths: readonly string[]): readonly string[] {
  const named = new Set(PARTS.flatMap(({ groups }) => groups.flatMap(({ pages }) => pages)))
  return group.pages.flatMap((entry) => {
    if (!entry.endsWith('/')) return [entry]
    return paths.filter((path) => path.startsWith(entry) && !named.has(path)).toSorted()
  })
}

/** Pages that no part has, and pages of a part that do not exist. */
export function misplaced(paths: readonly string[]): readonly string[] {
  const placed = PARTS.flatMap(({ groups }) => groups.flatMap((each) => pagesOf(each, paths)))
  const missing = placed.filter((path) => !paths.includes(path))
  return [...missing, ...paths.filter((path) => !placed.includes(path))]
}
