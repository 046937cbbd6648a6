using System;
using System.IO;
using System.IO.MemoryMappedFiles;
using System.Text;
using System.Threading;

namespace SharedMemoryChat
{
    struct MessageHeader
    {
        public int Sender;
        public int Length;
        public long Ticks;
    }

    // Two windows of one chat. The first one that is started makes the map, and the second one joins.
    class Program
    {
        const string MapName = "ChatSharedMemory";
        const int Capacity = 4096;
        const int HeaderSize = 16;

        static MemoryMappedFile map;
        static MemoryMappedViewAccessor view;
        static Semaphore freeSlot;
        static EventWaitHandle[] arrived = new EventWaitHandle[2];
        static ManualResetEvent quit = new ManualResetEvent(false);
        static int me;

        static void Main(string[] args)
        {
            bool first;
            using (Mutex starting = new Mutex(false, @"Local\ChatStarting"))
            {
                starting.WaitOne();
                try
                {
                    map = MemoryMappedFile.CreateOrOpen(MapName, Capacity, MemoryMappedFileAccess.ReadWrite);
                    view = map.CreateViewAccessor(0, Capacity);
                    freeSlot = new Semaphore(1, 1, "ChatFreeSlot", out first);
                    me = first ? 0 : 1;
                    arrived[0] = new EventWaitHandle(false, EventResetMode.AutoReset, "ChatArrived0");
                    arrived[1] = new EventWaitHandle(false, EventResetMode.AutoReset, "ChatArrived1");
                }
                finally
                {
                    starting.ReleaseMutex();
                }
            }

            Console.WriteLine("You are number {0}. Type, or an empty line to leave.", me);
            Thread reader = new Thread(Receive);
            reader.Start();

            string line;
            while ((line = Console.ReadLine()) != null && line.Length > 0)
            {
                Send(line);
            }

            quit.Set();
            reader.Join();
            view.Dispose();
            map.Dispose();
        }

        static void Send(string text)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(text);
            freeSlot.WaitOne();
            MessageHeader header = new MessageHeader { Sender = me, Length = bytes.Length, Ticks = DateTime.UtcNow.Ticks };
            view.Write(0, ref header);
            view.WriteArray(HeaderSize, bytes, 0, bytes.Length);
            arrived[1 - me].Set();
        }

        static void Receive()
        {
            WaitHandle[] handles = new WaitHandle[] { quit, arrived[me] };
            while (WaitHandle.WaitAny(handles) == 1)
            {
                MessageHeader header;
                view.Read(0, out header);
                byte[] bytes = new byte[header.Length];
                view.ReadArray(HeaderSize, bytes, 0, bytes.Length);
                freeSlot.Release();
                Console.WriteLine("{0}: {1}", header.Sender, Encoding.UTF8.GetString(bytes));
            }
        }
    }
}
