-- an evaluation's result is in its own folder, which is what everything reads; a second copy here
-- was read by nothing and stayed in memory while the store was open
ALTER TABLE evaluations DROP COLUMN result;
