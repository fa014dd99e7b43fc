import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { chromium } from '@playwright/test'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome']
const USUAL_PLACES = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe',
]

/** Path of an installed Chromium or Chrome, Playwright's own included; `undefined` when there is none. */
export function findChromium(): string | undefined {
  const onPath = (process.env.PATH ?? '')
    .split(delimiter)
    .flatMap((folder) => NAMES.map((name) => join(folder, name)))
  const candidates = [process.env.CHROMIUM_PATH ?? '', ...onPath, ...USUAL_PLACES, chromium.executablePath()]
  return candidates.find((path) => path !== '' && existsSync(path))
}

/**
 * Finds a browser, or installs one: Playwright's download first, then Debian's package where this user may.
 *
 * @throws {Error} neither works; the message says what to run
 */
export function findOrInstallChromium(): string {
  const found = findChromium()
  if (found) return found
  console.log('No Chromium here yet. Downloading one with Playwright …')
  run(process.execPath, ['node_modules/@playwright/test/cli.js', 'install', '--with-deps', 'chromium'])
  const downloaded = findChromium()
  if (downloaded) return downloaded
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    console.log("The download was refused. Installing Debian's package chromium …")
    run('apt-get', ['update', '-qq'])
    run('apt-get', ['install', '-y', '-qq', 'chromium'])
  }
  const installed = findChromium()
  if (installed) return installed
  throw new Error(
    'The browser tests need Chromium. Run `npx playwright install --with-deps chromium`, or `sudo apt-get install chromium`,\n' +
      'or set CHROMIUM_PATH to a Chrome or Chromium of yours, and start again.',
  )
}

const run = (command: string, args: string[]) => spawnSync(command, args, { stdio: 'inherit' })
