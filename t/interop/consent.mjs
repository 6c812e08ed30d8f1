import { readFileSync } from 'node:fs'
import { launch } from './lib/browser.mjs'
import { is, ok } from './lib/check.mjs'
import { listen } from './lib/user.mjs'

const { ISSUER, CALLBACK, PICTURES } = process.env
const listener = await listen(Number(CALLBACK), readFileSync(new URL('lib/app.html', import.meta.url)))
const browser = await launch()
const app = new URL(listener.redirectUri).origin
const sizes = { 320: 640, 390: 844, 1280: 800 }

function address(more = {}, path = '/oauth2/authorize') {
  const url = new URL(path, ISSUER)
  url.search = new URLSearchParams({
    client_id: 'native', response_type: 'code', redirect_uri: listener.redirectUri, scope: 'read write',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', code_challenge_method: 'S256', ...more
  })
  return url.href
}

const odd = address({ client_id: 'odd', redirect_uri: '', scope: '' })
const strange = address({ client_id: 'nobody' })

// Runs `visit` on a page of its own, which is logged in as alice. Returns what the browser complained of.
async function withPage(options, visit) {
  const context = await browser.newContext({
    ignoreHTTPSErrors: true, httpCredentials: { username: 'alice', password: 'open-sesame' }, ...options
  })
  context.setDefaultTimeout(20000)
  const page = await context.newPage()
  const complaints = []
  page.on('console', message => message.type() === 'error' && complaints.push(`${message.text()} ${message.location().url}`))
  page.on('dialog', dialog => { complaints.push(dialog.message()); dialog.dismiss() })
  try {
    await visit(page)
  } finally {
    await context.close()
  }
  return complaints
}

// In the page: the least contrast of its texts (WCAG 2 success criterion 1.4.3), and what sticks out.
function measure() {
  const parse = color => color.match(/[\d.]+/g).map(Number)
  const luminance = color => {
    const [r, g, b] = parse(color).map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const ground = element => {
    const color = getComputedStyle(element).backgroundColor
    return parse(color)[3] === 0 ? ground(element.parentElement) : color
  }
  const ratio = element => {
    const [light, dark] = [getComputedStyle(element).color, ground(element)].map(luminance).sort((a, b) => b - a)
    return (light + 0.05) / (dark + 0.05)
  }
  const texts = [...document.querySelectorAll('body *')].filter(
    element => [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim() !== ''))
  const width = document.documentElement.clientWidth
  return {
    contrast: Math.min(...texts.map(ratio)),
    overflow: document.documentElement.scrollWidth - width,
    outside: [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > width + 0.5).length,
    buttons: [...document.querySelectorAll('button')].map(e => Math.round(e.getBoundingClientRect().height)),
    headings: [...document.querySelectorAll('h1, h2, h3')].map(e => e.localName),
    lang: document.documentElement.lang
  }
}

const focused = page => page.evaluate(() => {
  const { localName, textContent } = document.activeElement
  const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement)
  return localName === 'button' ? `${textContent}, ${outlineStyle} ${outlineWidth}` : localName
})

async function looks() {
  for (const [name, url] of Object.entries({ page: address(), odd, error: strange })) {
    for (const colorScheme of ['light', 'dark']) {
      await withPage({ colorScheme }, async page => {
        for (const [width, height] of Object.entries(sizes)) {
          await page.setViewportSize({ width: Number(width), height })
          await page.goto(url)
          await page.screenshot({ path: `${PICTURES}/${name}-${colorScheme}-${width}.png`, fullPage: true })
          const found = await page.evaluate(measure)
          const what = `${name}, ${colorScheme}, ${width} pixels wide`
          ok(found.contrast >= 4.5, `${what}: its least contrast is ${found.contrast.toFixed(1)}`)
          is([found.overflow, found.outside], [0, 0], `${what}: nothing is cut or scrolls sideways`)
          ok(found.buttons.every(height => height >= 44), `${what}: its buttons are large enough for a finger`)
          is([found.headings, found.lang], [['h1'], 'en'], `${what}: it has a heading and a language`)
        }
      })
    }
  }
}

async function keyboard() {
  for (const [keys, expected] of [[['Tab', 'Enter'], 'code'], [['Tab', 'Space'], 'code'], [['Tab', 'Tab', 'Enter'], 'error']]) {
    const complaints = await withPage({}, async page => {
      await page.goto(`${app}/start?issuer=${ISSUER}&path=/oauth2/authorize`)
      await page.waitForSelector('h1')
      for (const key of keys) {
        await page.keyboard.press(key)
      }
      await page.waitForSelector('#state:text-is("done")')
      const arrived = new URL(page.url())
      const result = JSON.parse(await page.textContent('#result'))
      is([arrived.origin, arrived.searchParams.get('state'), arrived.searchParams.get('iss')],
        [app, 'af0ifjsldkj', ISSUER], `${keys}: the browser is back at the app, with its state and the issuer`)
      if (expected === 'code') {
        is([result.token_type, result.scope, typeof result.refresh_token], ['Bearer', 'read', 'string'],
          `${keys}: the app's page fetches the tokens`)
      } else {
        is([result.error, arrived.searchParams.has('code')], ['access_denied', false], `${keys}: the app is told no`)
      }
      await listener.next()
    })
    is(complaints, [], `${keys}: the browser has nothing to complain of`)
  }

  await withPage({}, async page => {
    await page.goto(address())
    const order = []
    for (let i = 0; i < 2; ++i) {
      await page.keyboard.press('Tab')
      order.push(await focused(page))
      await page.screenshot({ path: `${PICTURES}/focus-${i}.png` })
    }
    is(order, ['Allow, solid 3px', 'Do not allow, solid 3px'], 'the tab key goes from one button to the other, visibly')
    await page.keyboard.press('Shift+Tab')
    is(await focused(page), 'Allow, solid 3px', 'and back')
  })
}

async function policy() {
  // A browser that is logged in already: it does not ask for a password in another site's frame.
  const extraHTTPHeaders = { authorization: `Basic ${Buffer.from('alice:open-sesame').toString('base64')}` }
  const framed = await withPage({ extraHTTPHeaders }, async page => {
    await page.goto(`${app}/elsewhere`)
    await page.evaluate(url => {
      const frame = document.createElement('iframe')
      frame.src = url
      document.body.replaceChildren(frame)
      return new Promise(resolve => { frame.onload = resolve })
    }, address())
    const [, frame] = page.frames()
    is(await frame.locator('button').count(), 0, 'the page does not show in a frame')
  })
  ok(framed.some(text => /frame-ancestors/.test(text)), 'which its policy forbids')

  const injected = await withPage({}, async page => {
    await page.goto(address())
    await page.evaluate(() => {
      const script = document.createElement('script')
      script.textContent = 'document.title = "taken over"'
      document.head.append(script)
      document.querySelector('form').action = 'https://thief.example/'
    })
    is(await page.title(), 'Allow access?', 'no script runs in the page')
    const refusal = page.waitForEvent('console', message => /form-action/.test(message.text()))
    await page.evaluate(() => document.querySelector('button[value=approve]').click())
    await refusal
    is(new URL(page.url()).origin, ISSUER, 'its form goes nowhere else')
  })
  is(['script-src|default-src', 'form-action'].map(name => injected.some(text => new RegExp(name).test(text))),
    [true, true], 'the policy forbids both')

  is(await withPage({}, async page => {
    await page.goto(odd)
    await page.click('h1 em')
    is(await page.locator('h1 b').count(), 0, 'the name of a client is text')
  }), [], 'and does nothing')
}

async function withoutScripts() {
  await withPage({ javaScriptEnabled: false }, async page => {
    await page.goto(address({ state: 'plain' }))
    await page.click('button[value=approve]')
    const arrived = await listener.next()
    is([arrived.searchParams.get('state'), arrived.searchParams.get('code')?.length > 20], ['plain', true],
      'it works without JavaScript')
  })
}

async function customPage() {
  const complaints = await withPage({}, async page => {
    await page.goto(`${app}/start?issuer=${ISSUER}&path=/custom/authorize`)
    is(await page.textContent('h1'), 'Darf The native app für Sie handeln, alice?', "a site's own page is shown")
    await page.click('text=Ja')
    await page.waitForSelector('#state:text-is("done")')
    is(JSON.parse(await page.textContent('#result')).token_type, 'Bearer', 'and leads to tokens')
    await listener.next()
  })
  is(complaints, [], 'without a complaint of the browser')
}

try {
  for (const part of [looks, keyboard, policy, withoutScripts, customPage]) {
    await part()
  }
} finally {
  await browser.close()
  listener.close()
}
