"""Writes two tracks, p and q, in the format of each tracking program, and expected.json with what they are.

p has frames 0...11; q has frames 3...9 without 6. Needs NumPy.
"""
import json
import numpy as np

rng = np.random.default_rng(20261127)
frames = {"p": list(range(12)), "q": [3, 4, 5, 7, 8, 9]}
positions = {name: np.cumsum(rng.normal(size=(len(f), 3)), axis=0) + [100, 50, 5] for name, f in frames.items()}
ids = {"p": 0, "q": 7}


def spots(order="frame"):
    """(track, frame, (x, y, z)) of all spots; tracking programs write them frame by frame."""
    all = [(name, f, tuple(map(float, positions[name][i]))) for name in frames for i, f in enumerate(frames[name])]
    return sorted(all, key=lambda s: (s[1], s[0])) if order == "frame" else all


def write(name, lines, end="\n", encoding="utf-8"):
    with open(name, "w", newline="", encoding=encoding) as file:
        file.write("".join(line + end for line in lines))


with open("expected.json", "w") as file:
    json.dump({n: {"frames": frames[n], "x": list(positions[n][:, 0]), "y": list(positions[n][:, 1]),
                   "z": list(positions[n][:, 2])} for n in frames}, file, indent=1)

# AnDi 2020: no frames; the gap of q is closed.
write("andi2020.txt", [";".join(["2.0"] + [repr(float(v)) for v in positions[n][:, :2].T.ravel()]) for n in frames])
write("andi2.csv", ["traj_idx,frame,x,y"] + [f"{ids[n]}.0,{f}.0,{x},{y}" for n, f, (x, y, z) in spots("track")])
write("andi2_3d.csv", ["traj_idx,frame,x,y,z,alpha,D,state"]
      + [f"{ids[n]}.0,{f}.0,{x},{y},{z},1.0,0.5,2.0" for n, f, (x, y, z) in spots("track")])

# TrackMate's table export: keys, names, short names, units.
keys = ("LABEL,ID,TRACK_ID,QUALITY,POSITION_X,POSITION_Y,POSITION_Z,POSITION_T,FRAME,RADIUS,VISIBILITY,"
        "MANUAL_SPOT_COLOR,MEAN_INTENSITY_CH1")
names = "Label,Spot ID,Track ID,Quality,X,Y,Z,T,Frame,Radius,Visibility,Manual spot color,Mean intensity ch1"
short = "Label,Spot ID,Track ID,Quality,X,Y,Z,T,Frame,R,Visibility,Spot color,Mean ch1"
units = ",,,(quality),(micron),(micron),(micron),(sec),,(micron),,,(counts)"


def trackmate(missing, z=True):
    rows = [f"ID{100 + i},{100 + i},{ids[n]},12.5,{x},{y},{zz if z else 0.0},{f * 0.05:.3f},{f},2.5,1,,321.5"
            for i, (n, f, (x, y, zz)) in enumerate(spots())]
    return rows[:3] + [f"ID999,999,{missing},1.5,1.0,2.0,3.0,0.05,1,2.5,1,,17.0"] + rows[3:]


write("trackmate_spots.csv", [keys, names, short, units] + trackmate("", z=False))
write("trackmate_3rows.csv", ["," + keys.split(",", 1)[1], names, units] + trackmate(""))
write("trackmate_old.csv", [keys] + trackmate("None"), end="\r\n")
batch = "ID,LABEL,TRACK_ID,TRACK_NAME,TRACK_VISIBLE,QUALITY,POSITION_X,POSITION_Y,POSITION_Z,POSITION_T,FRAME"
for name, charset in [("trackmate_batch_utf8.csv", "utf-8"), ("trackmate_batch_latin1.csv", "latin-1")]:
    write(name, [batch, "Spot ID,Label,Track ID,Track name,Track visible,Quality,X,Y,Z,T,Frame",
                 ",,,,,(quality),(µm),(µm),(µm),(sec),"]
          + [f"{i},ID{i},{ids[n]},Track_{ids[n]},1,2.0,{x},{y},{z},{f * 0.05:.3f},{f}"
             for i, (n, f, (x, y, z)) in enumerate(spots())] + ["900,ID900,ø,ø,ø,2.0,1.0,1.0,1.0,0.05,1"],
          encoding=charset)
write("trackmate_edges.csv", ["LABEL,TRACK_ID,SPOT_SOURCE_ID,SPOT_TARGET_ID,LINK_COST,SPEED", "ID1 → ID2,0,1,2,0.5,1.5"])
write("trackmate_tracks.csv", ["LABEL,TRACK_INDEX,TRACK_ID,NUMBER_SPOTS,TRACK_DURATION", "Track_0,0,0,12,0.55"])

# TrackMate XML.
tracks = []
for n in frames:
    tracks.append(f'  <particle nSpots="{len(frames[n])}">')
    tracks += [f'    <detection t="{f}" x="{x!r}" y="{y!r}" z="0.0" />' for m, f, (x, y, z) in spots("track") if m == n]
    tracks.append("  </particle>")
write("trackmate_tracks.xml", ['<?xml version="1.0" encoding="UTF-8"?>',
      '<Tracks nTracks="2" spaceUnits="µm" frameInterval="50.0" timeUnits="ms" generationDateTime="Fri, 27 Nov 2026" '
      'from="TrackMate v7.11.1">'] + tracks + ["</Tracks>"])
number = {(n, f): 40 + i for i, (n, f, _) in enumerate(spots())}
session = ['<?xml version="1.0" encoding="UTF-8"?>', '<TrackMate version="7.11.1">',
           "  <Log>Read &lt;image&gt; on 27 Nov. <![CDATA[ <Spot ID=\"1\"> ]]></Log>", "  <!-- <Spot> is no spot -->",
           '  <Model spatialunits="micron" timeunits="sec">', f'    <AllSpots nspots="{len(number) + 3}">']
for f in range(12):
    session.append(f'      <SpotsInFrame frame="{f}">')
    session += [f'        <Spot ID="{number[n, g]}" name="ID{number[n, g]}" STD="1.5" QUALITY="3.0" POSITION_T="{g * 0.05}" '
                f'POSITION_X="{x!r}" POSITION_Y="{y!r}" FRAME="{g}" RADIUS="0.5" VISIBILITY="1" POSITION_Z="{z!r}"'
                + (' ROI_N_POINTS="2">0.5 0.5 -0.5 -0.5</Spot>' if n == "p" else " />")
                for n, g, (x, y, z) in spots() if g == f]
    if f < 3:
        session.append(f'        <Spot ID="{7 + f}" name="a &quot;b&quot;" POSITION_X="0.0" POSITION_Y="0.0" '
                       f'POSITION_Z="0.0" FRAME="{f}" />')
    session.append("      </SpotsInFrame>")
session += ["    </AllSpots>", "    <AllTracks>"]
for n in frames:
    session.append(f'      <Track name="Track_{ids[n]}" TRACK_ID="{ids[n]}" NUMBER_SPOTS="{len(frames[n])}">')
    session += [f'        <Edge SPOT_SOURCE_ID="{number[n, a]}" SPOT_TARGET_ID="{number[n, b]}" LINK_COST="0.1" />'
                for a, b in zip(frames[n], frames[n][1:])]
    session.append("      </Track>")
session += ['      <Track name="hidden" TRACK_ID="3" NUMBER_SPOTS="2">',
            '        <Edge SPOT_SOURCE_ID="7" SPOT_TARGET_ID="8" />', "      </Track>", "    </AllTracks>",
            "    <FilteredTracks>", '      <TrackID TRACK_ID="0" />', '      <TrackID TRACK_ID="7" />',
            "    </FilteredTracks>", "  </Model>", "  <Settings>",
            '    <ImageData filename="a.tif" folder="/data/" pixelwidth="0.16" pixelheight="0.16" voxeldepth="1.0" '
            'timeinterval="0.05" />', "  </Settings>", "</TrackMate>"]
write("trackmate_session.xml", session)

write("trackpy.csv", [",y,x,mass,size,ecc,signal,raw_mass,ep,frame,particle"]
      + [f"{i},{y},{x},281.5,2.1,0.15,9.2,3130.0,0.02,{f},{ids[n]}" for i, (n, f, (x, y, z)) in enumerate(spots())])
write("deepspt.csv", ["x,y,z,particle,frame"] + [f"{x},{y},{z},{ids[n]},{f}" for n, f, (x, y, z) in spots("track")])
write("mosaic.csv", [" ,Trajectory,Frame,x,y,z,m0,m1,m2,m3,m4,NPscore"]
      + [f"{i + 1},{ids[n]},{f},{x},{y},0,1.5,1.6,0,0,0,0" for i, (n, f, (x, y, z)) in enumerate(spots("track"))])
report = ["%% ParticleTracker", "%% 2 trajectories", "%% frame x y z m0 m1 m2 m3 m4 score"]
for n in frames:
    report += [f"%% Trajectory {ids[n]}"]
    report += [f"{f}\t{x} {y} {z} 1.5 1.6 0.0 0.0 0.0 0.0" for m, f, (x, y, z) in spots("track") if m == n] + [""]
write("mosaic_report.txt", report)
write("spoton.csv", ["trajectory,x,y,t,frame"] + [f"{ids[n]},{x},{y},{f * 0.05},{f}" for n, f, (x, y, z) in spots("track")])
write("saspt.csv", ["trajectory,detection,frame,y,x,I0,bg"]
      + [f"{ids[n]},{i},{f},{y},{x},800.5,12.5" for i, (n, f, (x, y, z)) in enumerate(spots())]
      + ["-1,99,5,1.0,2.0,10.0,12.5"])
write("gemspa.csv", ["track_id,frame,z,y,x"] + [f"{ids[n]},{f},0.0,{y},{x}" for n, f, (x, y, z) in spots("track")])
write("napari.csv", ["TrackID,t,x,y,z"] + [f"{ids[n]},{f},{x},{y},{z}" for n, f, (x, y, z) in spots("track")])
write("trait2d.csv", ["t,x,y,id"] + [f"{f * 0.05},{x},{y},{ids[n]}" for n, f, (x, y, z) in spots("track")])
write("trait2d_single.csv", ["t,x,y"] + [f"{f * 0.05},{x},{y}" for n, f, (x, y, z) in spots() if n == "p"])
write("motilitylab.csv", ["Tracking ID,Timepoint,Time (sec),X pos (µm),Y pos (µm),Z pos (µm)"]
      + [f"{ids[n]},{f},{f * 0.05:.2f},{x},{y},{z}" for n, f, (x, y, z) in spots("track")])
write("own.csv", ['"cell; of <day 2>";T;"X [nm]";"Y [nm]";comment']
      + [f'"a ""{n}"", b";{f};{x};{y};"one; two"' for n, f, (x, y, z) in spots()])
write("columns.txt", [f"{x}\t{y}\t{f}\t{ids[n]}" for n, f, (x, y, z) in spots()])

# NumPy.
p = positions["p"]
np.save("equal.npy", np.stack([p, p + 1]))
np.save("component_major.npy", np.stack([p.T, p.T + 1]).astype(">f4"))
np.save("single.npy", p[:, :2])
np.save("one_dimension.npy", np.stack([p[:, 0], p[:, 0] + 1]))
np.save("napari.npy", np.array([[ids[n], f, y, x] for n, f, (x, y, z) in spots()]))
padded = np.full((2, 12, 2), np.nan)
for row, n in enumerate(frames):
    padded[row, frames[n]] = positions[n][:, :2]
np.save("padded.npy", padded)
ragged = {"positions": np.concatenate([positions[n][:, :2] for n in frames]), "offsets": np.array([0, 12, 18])}
np.savez("ragged.npz", **ragged)
np.savez_compressed("ragged_compressed.npz", **ragged)
objects = np.empty(2, dtype=object)
objects[:] = [p, positions["q"]]
np.save("objects.npy", objects, allow_pickle=True)
np.save("fortran.npy", np.asfortranarray(p))
