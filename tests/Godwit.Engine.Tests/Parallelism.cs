using Xunit.v3;

// What these tests do is waiting, nearly all of it: two at a time left nineteen twentieths of the machine idle.
[assembly: Parallelization(MaxThreads = 6)]
