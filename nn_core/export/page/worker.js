// The service worker of an installed page. The server's answer counts; without a connection, that of the last visit.

const PAGE = "{{ page }}"; // the address, and a digest that changes with the page
const [ADDRESS] = PAGE.split("#");
const FILES = ["./", "manifest.webmanifest", "icon-192.png", "icon-512.png"];
const PATIENCE_MS = 4000;

self.addEventListener("install", (event) => event.waitUntil(store()));
self.addEventListener("activate", (event) => event.waitUntil(takeOver()));
self.addEventListener("fetch", (event) => {
  if (event.request.method === "GET") event.respondWith(answer(event.request));
});

async function store() {
  const cache = await caches.open(PAGE);
  await cache.addAll(FILES);
  await self.skipWaiting();
}

async function takeOver() {
  for (const name of await caches.keys()) {
    if (name.startsWith(`${ADDRESS}#`) && name !== PAGE) await caches.delete(name);
  }
  await self.clients.claim();
}

async function answer(request) {
  const find = () => caches.match(request, { cacheName: PAGE, ignoreSearch: true });
  const fresh = fetch(request);
  fresh.catch(() => {}); // handled below, unless the stored page was faster
  const late = new Promise((resolve) => { setTimeout(resolve, PATIENCE_MS); }).then(find);
  try {
    const first = (await Promise.race([fresh, late])) ?? (await fresh);
    return first.status < 500 ? first : ((await find()) ?? first);
  } catch {
    return (await find()) ?? Response.error();
  }
}
