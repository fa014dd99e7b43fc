import { createPinia } from 'pinia'
import { createApp } from 'vue'
import App from './App.vue'
import { createAppRouter, loadAllPages } from './router.ts'
import { useProblemStore } from './stores/problems.ts'
import { useSessionStore } from './stores/session.ts'
import './styles/main.css'

const app = createApp(App)
app.use(createPinia())

const problems = useProblemStore()
app.config.errorHandler = (error) => problems.report(error)
window.addEventListener('unhandledrejection', (event) => problems.report(event.reason))

const session = useSessionStore()
// Whatever goes wrong with the server, the app opens with what this device has.
await session.start().catch((error: unknown) => problems.report(error))

const router = createAppRouter()
router.onError((error) => problems.report(error))
app.use(router)
app.mount('#app')
loadAllPages(router)
