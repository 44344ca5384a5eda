import { render } from 'preact'
import { App } from './app.tsx'
import { applyStoredTheme } from './shell/theme.ts'
import './styles/base.css'
import './styles/shell.css'
import './styles/parts.css'
import './styles/explain.css'
import './styles/cards.css'
import './styles/health.css'
import './styles/slos.css'
import './styles/edges.css'
import './styles/registry.css'
import './styles/quarantine.css'

applyStoredTheme()
const root = document.querySelector('#app')
if (root) render(<App />, root)
