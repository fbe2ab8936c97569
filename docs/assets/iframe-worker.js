// Browsers refuse workers where pages are opened as files. So the search runs in a hidden frame there.
"use strict"
if (location.protocol === "file:") {
  // Material asks for a global of this name before it looks for its own scripts.
  window.IFrameWorker = class extends EventTarget {
    constructor(url) {
      super()
      const source = new URL(url, location.href).href
      const waiting = []
      const frame = document.createElement("iframe")
      frame.hidden = true
      // What a worker has and a window does not: scripts that are imported in order.
      const prelude = `
        self.importScripts = (...urls) => urls.reduce((before, url) => before.then(() =>
          new Promise((loaded, failed) => {
            const script = document.createElement("script")
            script.src = new URL(url, ${JSON.stringify(source)}).href
            script.onload = loaded
            script.onerror = failed
            document.head.append(script)
          })), Promise.resolve())
        self.postMessage = (data) => parent.dispatchEvent(
          new CustomEvent("iframe-worker", { detail: { source: self, data } }))`
      frame.srcdoc =
        `<!doctype html><script>${prelude}<\/script><script src="${source}"><\/script>`
      frame.onload = () => {
        this.post = (data) =>
          frame.contentWindow.dispatchEvent(new MessageEvent("message", { data }))
        waiting.splice(0).forEach(this.post)
      }
      this.post = (data) => waiting.push(data)
      window.addEventListener("iframe-worker", ({ detail }) => {
        if (detail.source !== frame.contentWindow) return
        const message = new MessageEvent("message", { data: detail.data })
        this.dispatchEvent(message)
        if (this.onmessage) this.onmessage(message)
      })
      document.body.append(frame)
    }

    postMessage(data) {
      this.post(data)
    }
  }
  window.Worker = window.IFrameWorker
}
