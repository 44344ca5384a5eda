import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { Banner } from '../health/banner.tsx'
import { HealthContext, useHealth } from '../health/use-health.ts'
import { STATES } from '../health/verdict.ts'
import { ConnectionNote } from '../age/connection-note.tsx'
import { StreamState } from '../live/stream-state.tsx'
import { Palette } from '../palette/palette.tsx'
import { useOpened } from '../palette/use-opened.ts'
import { usePlace, goTo, type Place } from './route.ts'
import { useSession } from './session.tsx'
import { useTheme } from './theme.ts'
import { Glyph } from '../parts/glyph.tsx'
import { AuditPage } from '../audit/audit-page.tsx'
import { EdgesPage } from '../edges/edges-page.tsx'
import { ExplainPage } from '../explain/explain-page.tsx'
import { LivePage } from '../live/live-page.tsx'
import { OverviewPage } from '../overview/overview-page.tsx'
import { QuarantinePage } from '../quarantine/quarantine-page.tsx'
import { RegistryPage } from '../registry/registry-page.tsx'
import { SlosPage } from '../slos/slos-page.tsx'

const isMac = /mac|iphone|ipad/i.test(navigator.platform)

/** Opens the palette. */
function SearchButton({ open }: { readonly open: () => void }): JSX.Element {
  return (
    <button type="button" class="search" onClick={open} aria-keyshortcuts="Control+K Meta+K">
      <Glyph name="search" />
      <span>Search</span>
      <kbd>{isMac ? '⌘K' : 'Ctrl K'}</kbd>
    </button>
  )
}

/** A page: its address, its name, and the letter that goes there after `g`. */
interface Page {
  readonly path: string
  readonly name: string
  readonly letter: string
  readonly show: (props: { readonly place: Place }) => JSX.Element
}

/** The pages in the order of the menu. */
const PAGES: readonly Page[] = [
  { path: '/', name: 'Overview', letter: 'o', show: OverviewPage },
  { path: '/explain', name: 'Explain', letter: 'e', show: ExplainPage },
  { path: '/edges', name: 'Edges', letter: 'd', show: EdgesPage },
  { path: '/live', name: 'Live', letter: 'l', show: LivePage },
  { path: '/quarantine', name: 'Quarantine', letter: 'q', show: QuarantinePage },
  { path: '/slos', name: 'SLOs', letter: 's', show: SlosPage },
  { path: '/registry', name: 'Registry', letter: 'r', show: RegistryPage },
  { path: '/audit', name: 'Audit', letter: 'a', show: AuditPage },
]

const CHORD_WITHIN_MS = 1_500
const TYPED = 'input, textarea, select, [contenteditable]'

/** The commands that a key gives. */
interface KeyCommands {
  readonly help: () => void
  readonly search: () => void
}

/**
 * ⌘K or Ctrl-K searches everywhere. `/` searches, `g` and a letter goes to a page, `?` helps; these have no
 * effect in an input field.
 */
function useKeys({ help, search }: KeyCommands): void {
  useEffect(() => {
    let chordUntilMs = 0
    const pressed = (event: KeyboardEvent): void => {
      const isSearch = (event.metaKey || event.ctrlKey) && event.key.toLowerCase() === 'k'
      if (isSearch) {
        event.preventDefault()
        return search()
      }
      if (event.metaKey || event.ctrlKey || event.altKey) return
      if ((event.target as Element).closest(TYPED)) return
      const page = PAGES.find(({ letter }) => letter === event.key)
      if (page !== undefined && event.timeStamp < chordUntilMs) goTo(page.path)
      chordUntilMs = event.key === 'g' ? event.timeStamp + CHORD_WITHIN_MS : 0
      if (event.key === '?') help()
      if (event.key !== '/') return
      event.preventDefault()
      search()
    }
    addEventListener('keydown', pressed)
    return () => removeEventListener('keydown', pressed)
  }, [])
}

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

/** The effects of keys. */
function Help({
  isOpen,
  close,
}: {
  readonly isOpen: boolean
  readonly close: () => void
}): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    if (isOpen) dialog.current?.showModal()
    else dialog.current?.close()
  }, [isOpen])
  return (
    <dialog ref={dialog} onClose={close} aria-labelledby="help-title">
      <h2 id="help-title">Keys</h2>
      <dl class="facts">
        <dt>
          <kbd>/</kbd> or <kbd>Ctrl K</kbd>
        </dt>
        <dd>search</dd>
        {PAGES.map(({ letter, name }) => [
          <dt key={`${letter}-key`}>
            <kbd>g</kbd> <kbd>{letter}</kbd>
          </dt>,
          <dd key={letter}>{name}</dd>,
        ])}
        <dt>
          <kbd>?</kbd>
        </dt>
        <dd>this help</dd>
      </dl>
      <button type="button" onClick={close}>
        Close
      </button>
    </dialog>
  )
}
