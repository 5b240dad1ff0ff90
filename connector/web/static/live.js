// Shows the progress of a run while it happens, and the finished page once it has ended.
// Events are sent by the server; where they do not get through, the fragment is asked for every other second.
"use strict";
(() => {
  const place = document.querySelector("[data-live]");
  if (!place) return;
  const address = place.dataset.live;
  let failures = 2; // before the first event a single one is enough
  let over = false;

  const show = (html) => {
    if (place.innerHTML !== html) place.innerHTML = html;
  };
  const end = () => {
    if (over) return;
    over = true;
    location.reload();
  };
  const ask = async () => {
    if (over) return;
    try {
      const answer = await fetch(`${address}/progress`, { cache: "no-store" });
      if (answer.redirected) return end();
      if (answer.ok) show(await answer.text());
      if (place.querySelector("[data-ended]")) return end();
    } catch {
      // The server is away for a moment: ask again.
    }
    setTimeout(ask, 2000);
  };

  const events = new EventSource(`${address}/events`);
  events.addEventListener("progress", (event) => {
    failures = 0;
    show(event.data);
  });
  events.addEventListener("ended", () => {
    events.close();
    end();
  });
  events.onerror = () => {
    failures += 1;
    if (failures < 3 && events.readyState !== EventSource.CLOSED) return;
    events.close();
    ask();
  };
  addEventListener("pagehide", () => events.close());
})();
