// Only what helps: every page works without it. Suggestions while typing, camera scan where the browser has a reader, print and share.
(() => {
  const en = document.documentElement.lang === 'en';
  const say = (zh, english) => en ? english : zh;
  const box = document.querySelector('input[name=q]');
  if (box) {
    const list = document.createElement('datalist');
    list.id = 'suggestions';
    box.after(list);
    box.setAttribute('list', list.id);
    let timer, asked;
    box.addEventListener('input', () => {
      clearTimeout(timer);
      const q = box.value.trim();
      if (q.length < 2 || [...list.options].some(o => o.value === box.value)) return;
      timer = setTimeout(async () => {
        asked?.abort();
        asked = new AbortController();
        try {
          const answer = await fetch('/v1/suggest?q=' + encodeURIComponent(q), { signal: asked.signal });
          if (!answer.ok) return;
          const found = await answer.json();
          list.replaceChildren(...found.items.slice(0, 8).map(({ name, nameEn }) => {
            const option = document.createElement('option');
            option.value = name;
            // A browser leaves out what does not contain the text typed: a name found by pinyin carries it in its label.
            option.label = (nameEn ?? '') + (name.includes(q) ? '' : ` ${q}`);
            return option;
          }));
        } catch { /* typing goes on without suggestions */ }
      }, 200);
    });
    if ('BarcodeDetector' in window && navigator.mediaDevices) offerCamera(box);
  }

  function offerCamera(box) {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'plain';
    button.textContent = say('扫码', 'Scan a mark');
    box.form.querySelector('button').after(button);
    button.addEventListener('click', async () => {
      const video = document.createElement('video');
      video.setAttribute('playsinline', '');
      video.style.width = '100%';
      let stream;
      try { stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } }); } catch { return; }
      video.srcObject = stream;
      box.form.after(video);
      await video.play();
      const reader = new BarcodeDetector({ formats: ['qr_code'] });
      const end = () => { stream.getTracks().forEach(track => track.stop()); video.remove(); };
      const look = async () => {
        if (!video.isConnected) return;
        const [code] = await reader.detect(video).catch(() => []);
        // Only this registry's own addresses are opened: a mark that points elsewhere is not ours.
        const own = code && /^https?:\/\/([^/]+)\/[mc]\/([0-9a-z]{13,26})$/i.exec(code.rawValue);
        if (!code) {
          requestAnimationFrame(look);
          return;
        }
        end();
        if (own && own[1].toLowerCase() === box.dataset.host) {
          location.href = (/\/m\//i.test(code.rawValue) ? '/m/' : '/c/') + own[2];
          return;
        }
        box.value = code.rawValue.slice(0, 200);
        alert(say('这个码不是本登记簿的地址。', 'This code is no address of this registry.'));
      };
      look();
    });
  }

  // A page that the Back button or the switcher of tabs brings back alive tells the status of then: after so many seconds it asks again.
  const fresh = Number(document.querySelector('main[data-fresh]')?.dataset.fresh);
  if (fresh) {
    const opened = Date.now();
    const askAgain = () => { if (Date.now() - opened > fresh * 1000) location.reload(); };
    addEventListener('pageshow', event => { if (event.persisted) askAgain(); });
    const typing = () => [...document.querySelectorAll('main input')].some(field => field.value !== field.defaultValue);
    document.addEventListener('visibilitychange', () => { if (document.visibilityState === 'visible' && !typing()) askAgain(); });
  }

  for (const button of document.querySelectorAll('[data-do]')) {
    const act = button.dataset.do;
    if (act === 'share' && !navigator.share) continue;
    button.hidden = false;
    const share = () => navigator.share({ title: document.title, url: button.dataset.url }).catch(() => {});
    button.addEventListener('click', () => act === 'print' ? print() : share());
  }
})();
