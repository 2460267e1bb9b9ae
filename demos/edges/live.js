// webcam -> server -> screen. A frame is taken when an earlier one has come back, so nothing piles up;
// props.value says what to do with it: {on, way, low, high, kernel}; props.words has the sentences in each language.
const video = element.querySelector('video'), result = element.querySelector('img');
const badge = element.querySelector('.edges-live-badge'), canvas = document.createElement('canvas');
// a new number for each start and stop: what belongs to an earlier one ends by itself
let on = false, run = 0, stream = null, times = [], shown = {count: -1, since: 0};
// milliseconds: until an answer counts as lost, the longest pause before the next try, without a new picture
const PATIENCE = 8000, LONGEST_PAUSE = 2000, STALL = 3000;

const pause = duration => new Promise(done => setTimeout(done, duration));
const say = name => {
  const line = document.createElement('div'), chip = document.createElement('span');
  line.className = 'badge';
  chip.textContent = (props.words[document.documentElement.lang] ?? props.words.en)[name];
  line.append(chip);
  badge.replaceChildren(line);
};

function stop() {
  run += 1;
  stream?.getTracks().forEach(track => track.stop());
  stream = null; video.srcObject = null; times = [];
}

// the camera has ended, not the visitor: Start must be a change again
function end() {
  stop();
  on = false;
  props.value = {...props.value, on};
}

async function start() {
  stop();
  const mine = run;
  say('starting');
  try {
    // undefined on pages that are neither localhost nor https
    const opened = await navigator.mediaDevices.getUserMedia({video: {width: {ideal: 640}, height: {ideal: 480}}});
    if (run !== mine) return opened.getTracks().forEach(track => track.stop());
    stream = opened;
    video.srcObject = stream;
    await video.play();
  } catch (error) {
    if (run !== mine) return;
    end();
    await explain(navigator.mediaDevices ? error.name : 'insecure');
    return;
  }
  stream.getVideoTracks()[0].addEventListener('ended', () => { if (run === mine) lose(); });
  // two at a time: one travels while the other is worked on
  loop(mine); loop(mine);
}

async function explain(name) {
  const mine = run;
  say('refused');
  const told = await server.explain_trouble(name).catch(() => null);
  if (told && run === mine) badge.innerHTML = told;
}

// unplugged, taken by another program, no longer allowed; a phone that was locked gives it back when it is looked at
function lose() {
  if (!document.hidden) { end(); say('gone'); return; }
  stop();
  const mine = run;
  document.addEventListener('visibilitychange', () => { if (run === mine && !document.hidden) start(); }, {once: true});
}

function grab() {
  canvas.width = video.videoWidth; canvas.height = video.videoHeight;
  const pen = canvas.getContext('2d');
  // as in a mirror
  pen.setTransform(-1, 0, 0, 1, canvas.width, 0);
  pen.drawImage(video, 0, 0);
  return canvas.toDataURL('image/jpeg', 0.8);
}

function rate() {
  times = [...times.slice(-30), performance.now()];
  return times.length < 3 ? 0 : (times.length - 1) * 1000 / (times.at(-1) - times[0]);
}

// whether the camera has given no new picture for a while; where the browser does not count them, never
function stalls() {
  const count = video.getVideoPlaybackQuality?.().totalVideoFrames ?? 0, now = performance.now();
  if (!count || count !== shown.count) shown = {count, since: now};
  return now - shown.since > STALL;
}

async function ask() {
  const lost = pause(PATIENCE).then(() => null);
  return Promise.race([server.process_frame({...props.value, frame: grab(), rate: rate()}), lost]).catch(() => null);
}

async function loop(mine) {
  const track = stream.getVideoTracks()[0];
  let failures = 0;
  while (run === mine) {
    if (!element.isConnected) return stop();
    // a browser does not always tell of the end
    if (track.readyState === 'ended') return lose();
    const still = track.muted || stalls();
    // another tab is open, or nobody looks: wait
    if (!video.videoWidth || !element.offsetParent || document.hidden || still) {
      times = [];
      if (still) say('still');
      await pause(200);
      continue;
    }
    const answer = await ask();
    if (run !== mine) return;
    if (!answer) {
      times = []; failures += 1;
      say('reconnecting');
      await pause(Math.min(250 * 2 ** failures, LONGEST_PAUSE));
      continue;
    }
    failures = 0;
    if (answer.picture) result.src = answer.picture;
    badge.innerHTML = answer.badge;
  }
}

watch('value', () => {
  const before = on;
  on = Boolean(props.value?.on);
  if (on && !before) start();
  if (!on && before) { stop(); say('stopped'); }
});
