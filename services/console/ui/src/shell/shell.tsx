import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { Banner } from '../health/banner.tsx'
import { HealthContext, useHealth } from '../health/use-health.ts'
import { STATES } from '../health/verdict.ts'
import { ConnectionNote } from '../age/connection-note.tsx'
import { StreamState } from '../live/stream-state.tsx'
import { Palette } from '../palette/palette.tsx'
import { useOpened } from '../palette/use-opened.ts'
import { Help } from './help.tsx'
import { useKeys } from './keys.ts'
import { PAGES, type Page } from './pages.ts'
import { usePlace } from './route.ts'
import { SearchButton } from './search-button.tsx'
import { useSession } from './session.tsx'
import { useTheme } from './theme.ts'
import { Glyph } from '../parts/glyph.tsx'

/** The frame of every page. */
export function Shell({ logOut }: { readonly logOut: () => Promise<void> }): JSX.Element {
  const place = usePlace()
  const [isHelp, setHelp] = useState(false)
  const page = PAGES.find(({ path }) => path === place.path)
  const health = useHealth()
  const state = health.verdict?.state
  const main = useRef<HTMLElement>(null)
  const [searching, search, endSearch] = useOpened()
  useKeys({ help: () => setHelp(true), search })
  useEffect(() => {
    main.current?.focus({ preventScroll: true })
    scrollTo(0, 0)
  }, [place.path])
  useEffect(() => {
    const word = state && STATES[state][0]
    const name = page?.name ?? 'No such page'
    document.title = [word, name, 'Freshet'].filter(Boolean).join(' · ')
  }, [page, state])
  return (
    <HealthContext.Provider value={health}>
      <a class="skip" href="#main">
        To the content
      </a>
      <header class="bar">
        <a class="brand" href="/">
          Freshet
        </a>
        <Menu page={page} />
        <SearchButton open={search} />
        <Account logOut={logOut} help={() => setHelp(true)} />
      </header>
      <Banner isWhole={page?.path === '/'} />
      <main id="main" ref={main} tabIndex={-1}>
        <ConnectionNote />
        {page === undefined ? <NoSuchPage path={place.path} /> : <page.show place={place} />}
      </main>
      {searching > 0 && <Palette key={searching} close={endSearch} pages={PAGES} />}
      <Help isOpen={isHelp} close={() => setHelp(false)} />
    </HealthContext.Provider>
  )
}

function NoSuchPage({ path }: { readonly path: string }): JSX.Element {
  return (
    <>
      <h1>No such page</h1>
      <p class="empty">
        The console has no page <code>{path}</code>. <a href="/">The overview</a> leads to all of
        them.
      </p>
    </>
  )
}

function Menu({ page }: { readonly page: Page | undefined }): JSX.Element {
  return (
    <nav aria-label="Pages">
      {PAGES.map(({ path, name }) => (
        <a key={path} href={path} aria-current={page?.path === path ? 'page' : undefined}>
          {name}
        </a>
      ))}
    </nav>
  )
}

function Account({
  logOut,
  help,
}: {
  readonly logOut: () => Promise<void>
  readonly help: () => void
}): JSX.Element {
  const { name, role } = useSession()
  const [theme, nextTheme] = useTheme()
  return (
    <div class="account">
      <StreamState />
      <button
        type="button"
        class="plain"
        onClick={nextTheme}
        aria-label={`Colours: ${theme}`}
        title={`Colours: ${theme}`}
      >
        <Glyph name={theme} />
      </button>
      <button type="button" class="plain help" onClick={help} aria-label="Keys">
        ?
      </button>
      <span class="who" title={`${name}, ${role}`}>
        <span class="quiet">{role}</span> {name}
      </span>
      <button type="button" class="plain" onClick={() => void logOut()}>
        Log out
      </button>
    </div>
  )
}
